// What a server that could not answer said.

import type { ProblemDetails } from "./problem.js";

/** Thrown by an HttpSource when the server refuses, or answers what is no answer. */
export class HttpSourceError extends Error {
  override readonly name = "HttpSourceError";
  readonly status: number;
  /** What the server said about it, when it said something that can be read. */
  readonly problem: ProblemDetails | undefined;
  /** Seconds after which the server may be asked again, if it said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(response: Pick<Response, "status" | "headers">, message: string, problem?: ProblemDetails) {
    super(message);
    this.status = response.status;
    this.problem = problem;
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    this.retryAfterSeconds = seconds >= 0 ? seconds : undefined;
  }

  /** Asking again will not help: the request itself is refused. */
  get permanent(): boolean {
    return this.status === 501 || (this.status < 500 && ![408, 425, 429].includes(this.status));
  }
}

/** The error of an answer that is none. */
export async function errorOf(response: Response): Promise<HttpSourceError> {
  const problem = await problemIn(response);
  const detail = problem?.detail === undefined ? "" : `: ${problem.detail}`;
  return new HttpSourceError(response, `${response.status} ${problem?.title ?? response.statusText}${detail}`, problem);
}

/** ECONNRESET and EPIPE by the system, UND_ERR_SOCKET by the `fetch` of Node.js: "other side closed". */
const LOST = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];

/**
 * Whether a connection was closed under a request. One that was kept from an earlier request is closed by a server that was busy for
 * longer than it keeps connections: it finds its time to be over before it sees the next request in it.
 */
export function lostConnection(error: unknown): boolean {
  return LOST.includes((error as { readonly cause?: { readonly code?: string } } | undefined)?.cause?.code ?? "");
}

async function problemIn(response: Response): Promise<ProblemDetails | undefined> {
  const isProblem = mediaTypeOf(response) === "application/problem+json";
  if (!isProblem) {
    await response.body?.cancel().catch(() => {});
    return undefined;
  }
  try {
    const problem = (await response.json()) as ProblemDetails;
    return typeof problem?.type === "string" ? problem : undefined;
  } catch {
    return undefined;
  }
}

/** Without its parameters. */
export function mediaTypeOf({ headers }: Pick<Response, "headers">): string {
  return (headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}
