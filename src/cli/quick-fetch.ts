// What a source needs of `fetch` for short answers, over node:http. The global one compiles WebAssembly first, which would take
// longer than all the rest of a command that asks once and ends (bench/cli-startup.mjs). Follows no redirects: the token goes
// only where it was meant to go.

import type { IncomingMessage, RequestOptions } from "node:http";
import { text } from "node:stream/consumers";

/** Rejects with the error of the connection, or with the reason of an aborted signal. Reads the whole answer. */
export const quickFetch: typeof globalThis.fetch = async (input, init = {}) => {
  const url = new URL(input as URL);
  const { request } = await (url.protocol === "https:" ? import("node:https") : import("node:http"));
  const signal = init.signal ?? undefined;
  const options: RequestOptions = {
    method: init.method ?? "GET",
    headers: { ...(init.headers as Record<string, string>), connection: "close" },
    signal,
  };
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => reject(signal?.aborted === true ? signal.reason : error);
    const sent = request(url, options, (incoming) => {
      text(incoming).then((body) => resolve(answerOf(incoming, body)), failed);
    });
    sent.on("error", failed);
    sent.end();
  });
};

/** As much of a `Response` as is read here; making a real one would load what is avoided. */
function answerOf({ statusCode = 0, statusMessage, headers }: IncomingMessage, body: string): Response {
  const answer: Pick<Response, "ok" | "status" | "statusText" | "body" | "json"> & { headers: Pick<Headers, "get"> } = {
    ok: statusCode >= 200 && statusCode < 300,
    status: statusCode,
    statusText: statusMessage ?? "",
    headers: { get: (name) => headers[name.toLowerCase()]?.toString() ?? null },
    body: null,
    json: async () => JSON.parse(body),
  };
  return answer as Response;
}
