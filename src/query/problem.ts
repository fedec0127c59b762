// What is said when a request cannot be answered: RFC 9457 problem details. Nothing of what went wrong inside leaves.

export interface ProblemDetails {
  /** "urn:otel-progress:" and a word for programs: see PROBLEMS. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** For people: what was expected and what came. */
  readonly detail?: string;
  /** The query parameter or member that is wrong. */
  readonly parameter?: string;
}

export type ProblemCode =
  | "invalid-path"
  | "invalid-parameter"
  | "invalid-body"
  | "invalid-request"
  | "unauthorized"
  | "forbidden"
  | "control-off"
  | "foreign-origin"
  | "not-found"
  | "unknown-operation"
  | "method-not-allowed"
  | "request-timeout"
  | "conflict"
  | "body-too-large"
  | "uri-too-long"
  | "unsupported-media-type"
  | "misdirected-request"
  | "upgrade-required"
  | "headers-too-large"
  | "internal"
  | "unsupported"
  | "overloaded";

/** Every problem there is, with its status and title. */
export const PROBLEMS: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  "invalid-path": [400, "The path cannot be read"],
  "invalid-parameter": [400, "A parameter is wrong"],
  "invalid-body": [400, "The body cannot be read"],
  "invalid-request": [400, "The request cannot be read"],
  unauthorized: [401, "A token is needed"],
  forbidden: [403, "Not allowed"],
  "control-off": [403, "Operations cannot be controlled from here"],
  "foreign-origin": [403, "Pages of this origin may not ask"],
  "not-found": [404, "Nothing is here"],
  "unknown-operation": [404, "There is no such operation"],
  "method-not-allowed": [405, "The method is not for this"],
  "request-timeout": [408, "The request took too long to arrive"],
  conflict: [409, "The operation has ended"],
  "body-too-large": [413, "The body is too large"],
  "uri-too-long": [414, "The address is too long"],
  "unsupported-media-type": [415, "The body must be JSON"],
  "misdirected-request": [421, "This host is not served here"],
  "upgrade-required": [426, "This is for WebSocket"],
  "headers-too-large": [431, "The headers are too large"],
  internal: [500, "The source could not answer"],
  unsupported: [501, "The source cannot do this"],
  overloaded: [503, "Too many connections"],
};

/** Thrown where a request turns out to be wrong; caught at the top of the handler. */
export class RequestProblem extends Error {
  override readonly name = "RequestProblem";
  readonly code: ProblemCode;
  readonly parameter: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail?: string, more: { parameter?: string; headers?: Record<string, string> } = {}) {
    super(detail);
    this.code = code;
    this.parameter = more.parameter;
    this.headers = more.headers ?? {};
  }
}

export function problemDetails(code: ProblemCode, detail?: string, parameter?: string): ProblemDetails {
  const [status, title] = PROBLEMS[code];
  return {
    type: `urn:otel-progress:${code}`,
    title,
    status,
    ...(detail !== undefined && detail !== "" && { detail }),
    ...(parameter !== undefined && { parameter }),
  };
}

export function problemResponse({ code, message, parameter, headers }: RequestProblem): Response {
  const problem = problemDetails(code, message, parameter);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}

/** Text of a stranger, fit to be repeated to him: one line, bounded. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
