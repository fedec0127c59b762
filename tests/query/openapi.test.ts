// The document against a validator, against the routes, and against a running server: what it allows is answered as it says.

import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProgress, defineOperation, type Progress } from "../../src/index.js";
import { type ProgressServer, serveProgress } from "../../src/query/node.js";
import { openApiDocument } from "../../src/query/openapi.js";
import { ROUTES } from "../../src/query/routes.js";

type Json = { [name: string]: Json } & unknown[] & string;
const document = openApiDocument() as unknown as Json;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: "doc", ...(document as object) });

const clip = defineOperation("video.clip", { stages: { load: [0, 20], encode: [20, 100] } });
const TOKEN = "the-right-token";
let server: ProgressServer;
let progress: Progress;

/** Anything at all. The first one takes seconds on a busy machine: it is made before there are connections to be given up. */
const anything = () => fc.string({ maxLength: 60, unit: "binary" });

beforeAll(async () => {
  fc.sample(anything(), 1);
  progress = createProgress();
  server = await serveProgress({ source: progress.live, port: 0, token: TOKEN, control: true, definitions: [clip] });
  const op = progress.start(clip, { id: "a", total: 3, attributes: { n: 1, list: ["x"] } });
  op.enterStage("load");
  op.startLevel("load", { total: 2 }).increment();
  op.increment();
  progress.start("import", { id: "b" }).complete({ rows: 3 });
  progress.start("import", { id: "c" }).fail(new TypeError("no", { cause: new Error("why") }), { code: "E1" });
  const paused = progress.start("import", { id: "ü/ ?#" });
  paused.pause("lunch");
});
afterAll(() => server.close());

const operations = Object.entries(document["paths"]!).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    path,
    method: method.toUpperCase(),
    operation: operation as Json,
  })),
);

/** Asks, and holds the answer against what the document says of it. Gives the status. */
async function check(operation: Json, path: string, init: RequestInit): Promise<number> {
  const abort = new AbortController();
  const response = await fetch(server.url + path, {
    ...init,
    signal: abort.signal,
    // A connection each: one that is kept may be closed by the server just as it is used again, where both share a process that was busy.
    headers: { authorization: `Bearer ${TOKEN}`, connection: "close", ...init.headers },
  });
  const described = operation["responses"]![String(response.status)];
  expect(described, `${init.method} ${path} gave ${response.status}`).toBeDefined();
  const [type] = (response.headers.get("content-type") ?? "").split(";");
  const media = described!["content"]?.[type!];
  if (response.status < 300) expect(media, `${path} gave ${type}`).toBeDefined();
  if (type === "text/event-stream") {
    abort.abort();
    return response.status;
  }
  const text = await response.text();
  const reference = media?.["schema"]?.["$ref"] as string | undefined;
  if (reference === undefined) return response.status;
  const validate = ajv.getSchema(`doc${reference}`)!;
  expect(validate(JSON.parse(text)), `${path}: ${JSON.stringify(validate.errors)}\n${text}`).toBe(true);
  return response.status;
}

test("the document is OpenAPI 3.1", async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document) as never)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("it names every route, its parameters and its base", () => {
  const named = operations.map(({ path, method, operation }) => ({
    route: `${method} ${path}`,
    query: (operation["parameters"] as unknown as Json[]).filter((p) => p["in"] === "query").map((p) => p["name"]),
  }));
  expect(named).toEqual(
    ROUTES.map(({ method, path, parameters }) => ({ route: `${method} ${path}`, query: parameters })),
  );
  const ids = operations.map(({ operation }) => operation["operationId"] as string);
  expect(new Set(ids).size).toBe(ids.length);
  expect(openApiDocument({ basePath: "/in/progress/" })["servers"]).toEqual([{ url: "/in/progress" }]);
});

test("the server gives it, to everybody", async () => {
  const response = await fetch(`${server.url}/openapi.json`);
  expect(await response.json()).toEqual(document);
});

test("what is answered is what it says: running, paused, completed, failed, lists, statistics", async () => {
  for (const { path, method, operation } of operations) {
    for (const id of ["a", "b", "c", "ü/ ?#"]) {
      const address = path.replace("{id}", encodeURIComponent(id)).replace("{type}", "video.clip");
      const status = await check(operation, address, { method });
      if (path === "/socket") expect(status).toBe(426);
      else if (method === "GET") expect([address, status]).toEqual([address, 200]);
    }
  }
});

describe("requests made from the document", () => {
  /** Values that a parameter's schema allows. */
  function allowed(schema: Json): fc.Arbitrary<string> {
    if (schema["type"] === ("array" as unknown)) {
      return fc
        .array(fc.constantFrom(...(schema["items"]!["enum"] as unknown as string[])), { minLength: 1 })
        .map(String);
    }
    if (schema["enum"] !== undefined) return fc.constantFrom(...(schema["enum"] as unknown as string[]));
    if (schema["type"] === ("integer" as unknown)) return fc.integer({ min: 1, max: 1000 }).map(String);
    if (schema["format"] === ("date-time" as unknown)) {
      return fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") })
        .map((date) => date.toISOString());
    }
    const least = Number(schema["minLength"] ?? 0);
    return fc.string({
      minLength: least,
      maxLength: Math.min(Number(schema["maxLength"] ?? 20), 40),
      unit: "grapheme",
    });
  }

  function requests(parameters: Json[], of: (schema: Json) => fc.Arbitrary<string>) {
    const query = parameters.filter((p) => p["in"] === "query" && p["name"] !== "cursor");
    const names = fc.record(Object.fromEntries(query.map((p) => [p["name"], of(p["schema"]!)])), { requiredKeys: [] });
    const ids = fc.oneof(
      fc.constantFrom("a", "b", "video.clip"),
      fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }),
    );
    return fc.tuple(ids, names).map(([id, values]) => {
      const search = new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]));
      return { id, search: search.size === 0 ? "" : `?${search}` };
    });
  }
  const fill = (path: string, id: string) => path.replace(/\{\w+\}/, encodeURIComponent(id));

  test.each(operations)(
    "$method $path: what is allowed is answered, as described",
    async ({ path, method, operation }) => {
      const parameters = operation["parameters"] as unknown as Json[];
      await fc.assert(
        fc.asyncProperty(requests(parameters, allowed), async ({ id, search }) => {
          // These two are folded into the path by every client before they are sent.
          fc.pre(id !== "." && id !== "..");
          const status = await check(operation, fill(path, id) + search, { method });
          expect([200, 202, 404, 409, 426]).toContain(status);
        }),
        { numRuns: 40 },
      );
    },
  );

  test.each(operations)(
    "$method $path: whatever else comes is refused as described, and never breaks it",
    async ({ path, method, operation }) => {
      const parameters = operation["parameters"] as unknown as Json[];
      const bodies = fc.oneof(fc.json(), fc.string());
      await fc.assert(
        fc.asyncProperty(requests(parameters, anything), bodies, fc.boolean(), async ({ id, search }, body, isJson) => {
          fc.pre(id !== "." && id !== "..");
          const type = isJson ? "application/json" : "text/plain";
          const init = method === "POST" ? { method, body, headers: { "content-type": type } } : { method };
          const status = await check(operation, fill(path, id) + search, init);
          expect(status).toBeLessThan(500);
        }),
        { numRuns: 40 },
      );
    },
  );

  test.each(operations.filter(({ operation }) => JSON.stringify(operation["security"]) !== "[]"))(
    "$method $path: without the token nothing is told",
    async ({ path, method, operation }) => {
      const address = fill(path, "a");
      for (const authorization of ["", "Bearer wrong", "Basic dGhl", `Bearer ${TOKEN.slice(0, -1)}`]) {
        expect(await check(operation, address, { method, headers: { authorization } })).toBe(401);
      }
    },
  );
});
