// Why a question had no answer, in words that say what to do next.

import { ProgressError } from "../errors.js";
import { HttpSourceError } from "../query/http-error.js";
import { UsageError } from "./command.js";
import { EXIT, Failure } from "./failure.js";

/** Asks; what goes wrong on the way comes out as a Failure or UsageError. */
export async function answered<T>(place: string, question: () => T | PromiseLike<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw explained(place, error);
  }
}

/** The same error in words; one that is about something else as it is. */
export function explained(place: string, error: unknown): unknown {
  if (error instanceof HttpSourceError) return refusal(place, error);
  if (error instanceof ProgressError)
    return error.code === "SOURCE_FAILED" ? new Failure(EXIT.unreachable, error.message, error) : error;
  if (!(error instanceof Error)) return error;
  if (error.name === "TimeoutError") return new Failure(EXIT.unreachable, `${place} does not answer`, error);
  if (error instanceof SyntaxError) return stranger(place, "its answer is not JSON", error);
  const reason = (error instanceof TypeError && error.cause instanceof Error ? error.cause : error) as Broken;
  return reason.code === undefined ? error : unreachable(place, reason);
}

function refusal(place: string, error: HttpSourceError): Error {
  const { status, problem, message } = error;
  if (status === 401)
    return new Failure(EXIT.refused, `${place} wants a token, or another one: set PROGRESS_TOKEN`, error);
  if (status === 403) return new Failure(EXIT.refused, `${place} refuses: ${message}`, error);
  if (problem === undefined) return stranger(place, message, error);
  if (status === 400) return new UsageError(problem.detail ?? message);
  return new Failure(status === 501 ? EXIT.failed : EXIT.unreachable, `${place}: ${message}`, error);
}

const stranger = (place: string, why: string, cause: Error): Failure =>
  new Failure(EXIT.unreachable, `what answers at ${place} is no server of otel-progress (${why})`, cause);

/** Of a connection; `fetch` hides it in its "fetch failed". */
type Broken = Error & { readonly code?: string };

function unreachable(place: string, cause: Broken): Failure {
  const { code } = cause;
  if (code === "ECONNREFUSED") return new Failure(EXIT.unreachable, nothingAnswers(place), cause);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new Failure(EXIT.unreachable, `there is no host of that name: ${place}`, cause);
  return new Failure(EXIT.unreachable, `${place} cannot be reached: ${cause.message}`, cause);
}

const nothingAnswers = (place: string): string =>
  `nothing answers at ${place}. Start what serves there (serveProgress in the application, or otel-progress serve), ` +
  "or say where with --url or PROGRESS_URL";
