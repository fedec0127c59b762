// The description of the routes for programs: OpenAPI 3.1, made from the table of routes, so that none is left out.

import { VERSION } from "../version.js";
import { PARAMETERS, ref, SCHEMAS, type Schema } from "./openapi-schemas.js";
import { ROUTES, type Route } from "./routes.js";

export interface DescribeOptions {
  readonly basePath?: string | undefined;
}
interface Words {
  readonly summary: string;
  /** The name of a schema, or the media types of what is no JSON. */
  readonly answer: string | readonly string[];
  readonly status?: number;
  /** What may go wrong, beside what always may. */
  readonly problems: readonly number[];
}

const WORDS: Readonly<Record<string, Words>> = {
  "/operations": {
    summary: "Operations, running and ended, a page at a time",
    answer: "OperationList",
    problems: [400],
  },
  "/operations/{id}": { summary: "One operation with its tree of levels", answer: "Operation", problems: [400, 404] },
  "/operations/{id}/events": {
    summary: "What happens to one operation, as it happens; also before it begins",
    answer: ["text/event-stream"],
    problems: [400, 501],
  },
  "/operations/{id}/cancel": {
    summary: "Asks the work to stop; it decides whether and when",
    answer: "CancelRequested",
    status: 202,
    problems: [400, 404, 409, 413, 415, 501],
  },
  "/events": {
    summary: "The whole state first, then every change; resumable",
    answer: ["text/event-stream"],
    problems: [400, 501],
  },
  "/socket": { summary: "The same over a WebSocket", answer: [], status: 101, problems: [400, 426, 501] },
  "/status/{id}": { summary: "The small form, for those who poll", answer: "SmallStatus", problems: [400, 404] },
  "/stages": { summary: "The stages of every type that is known", answer: "StagesByType", problems: [400] },
  "/stages/{type}": { summary: "The stages of one type", answer: "Stages", problems: [400, 404] },
  "/stats": { summary: "Counts, durations, limits reached, followers", answer: "Stats", problems: [400] },
  "/export": {
    summary: "All operations that pass, as a file",
    answer: ["application/x-ndjson", "text/csv"],
    problems: [400],
  },
  "/openapi.json": { summary: "This document", answer: ["application/json"], problems: [400] },
  "/healthz": { summary: "Whether the server answers", answer: "Health", problems: [400] },
};

/** Of the host, the sender, the address, the source, the server. */
const ALWAYS = [401, 403, 405, 414, 421, 500, 503];
const PROBLEM = { "application/problem+json": { schema: ref("Problem") } };

export function openApiDocument({ basePath }: DescribeOptions = {}): Schema {
  const base = basePath?.replace(/\/+$/, "") ?? "";
  return {
    openapi: "3.1.0",
    info: { title: "Progress", version: VERSION, description: "What long-running work is doing." },
    servers: [{ url: base === "" ? "/" : base }],
    security: [{}, { bearer: [] }, { readToken: [] }],
    paths: Object.fromEntries(
      ROUTES.map((route) => [route.path, { [route.method.toLowerCase()]: operationOf(route) }]),
    ),
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        readToken: { type: "apiKey", in: "query", name: "token", description: "Opens one operation, for a while." },
      },
    },
  };
}

function operationOf(route: Route): Schema {
  const { summary, problems } = WORDS[route.path]!;
  const known = route.parameters === "any" ? [] : route.parameters;
  return {
    summary,
    operationId: route.path.replaceAll(/[^a-z]+(.)?/gi, (_, next: string | undefined) => next?.toUpperCase() ?? ""),
    parameters: [...pathParameters(route.path), ...known.map(queryParameter)],
    ...(route.open === true && { security: [] }),
    ...(route.method === "POST" && {
      security: [{ bearer: [] }],
      requestBody: { content: { "application/json": { schema: ref("Cancellation") } } },
    }),
    responses: { ...answerOf(WORDS[route.path]!, route.path), ...responses([...problems, ...ALWAYS]) },
  };
}

function answerOf({ answer, status = 200 }: Words, path: string): Record<string, Schema> {
  const types = typeof answer === "string" ? ["application/json"] : answer;
  const schema = typeof answer === "string" ? { schema: ref(answer) } : {};
  const content = { content: Object.fromEntries(types.map((type) => [type, schema])) };
  return {
    [status]: { description: "The answer", ...(types.length > 0 && content) },
    ...(path === "/status/{id}" && { 304: { description: "Nothing changed since the ETag in If-None-Match" } }),
  };
}

const responses = (statuses: readonly number[]): Record<string, Schema> =>
  Object.fromEntries(statuses.map((status) => [status, { description: "A problem", content: PROBLEM }]));

function pathParameters(path: string): Schema[] {
  const name = /\{(\w+)\}/.exec(path)?.[1];
  return name === undefined ? [] : [{ name, in: "path", required: true, schema: { type: "string", minLength: 1 } }];
}

function queryParameter(name: string): Schema {
  const { schema, description } = PARAMETERS[name]!;
  return {
    name,
    in: "query",
    description,
    schema,
    ...(schema["type"] === "array" && { style: "form", explode: false }),
  };
}
