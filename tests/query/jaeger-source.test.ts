import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Snapshot } from "../../src/model.js";
import { createProgressHandler } from "../../src/query/handler.js";
import { createJaegerSource } from "../../src/query/jaeger-source.js";
import { createTestProgress, startTestTelemetry } from "../../src/testing.js";
import { describeOperationSource } from "../contracts/operation-source.js";
import { type FakeJaeger, startFakeJaeger } from "./jaeger/fake-jaeger.js";
import { level, marker, operation, traceOf, tracesOf } from "./jaeger/json-spans.js";

/** Work whose spans go to a Jaeger when it is told to. */
async function start() {
  const telemetry = await startTestTelemetry();
  const test = createTestProgress();
  const jaeger = await startFakeJaeger();
  return {
    progress: test.progress,
    source: createJaegerSource({ url: jaeger.url, lookback: "36500d" }),
    advance: (millis: number) => test.advance(millis),
    arrive: async () => {
      jaeger.traces = tracesOf(telemetry.spans());
    },
    async [Symbol.asyncDispose]() {
      await test.progress.shutdown();
      await jaeger[Symbol.asyncDispose]();
      await telemetry[Symbol.asyncDispose]();
    },
  };
}

/** What spans have no place for; docs/backends.md names it. */
const comparable = ({ progressedAt, instance, ...kept }: Snapshot & { summary?: unknown }) => ({
  ...kept,
  summary: undefined,
  levels: kept.levels.map(({ progressedAt: _, ...rest }) => rest),
  ...("error" in kept && { error: { ...kept.error, details: undefined, causes: undefined } }),
});

describeOperationSource("a Jaeger", start, ["history"], { comparable });

let jaeger: FakeJaeger;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 1, 1) });
  jaeger = await startFakeJaeger();
});
afterEach(async () => {
  vi.useRealTimers();
  await jaeger[Symbol.asyncDispose]();
});
const asked = (index = -1) => Object.fromEntries(jaeger.asked.at(index)!.searchParams);
const nth = (n: number) => n.toString(16).padStart(32, "0");
/** One a second, each in a trace of its own. */
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => traceOf([operation(`job-${n}`, { from: n })], {}, nth(n + 1)));

describe("a question", () => {
  it("is one about tags and times, to the service that was named", async () => {
    const source = createJaegerSource({ url: `${jaeger.url}/base/`, service: "app", lookback: "1h" });
    await source.list({ id: "a" });
    expect(jaeger.asked.map(({ pathname }) => pathname)).toEqual(["/base/api/traces"]);
    expect(asked()).toEqual({
      service: "app",
      tags: '{"progress.operation.id":"a"}',
      start: String(Date.UTC(2026, 0, 1) * 1_000),
      end: String(Date.UTC(2026, 0, 1, 1) * 1_000),
      limit: "100",
      raw: "true",
    });
  });

  it("goes to every service when none was named, and says how it was told to", async () => {
    const other = traceOf([operation("b")], {}, nth(9));
    jaeger.traces = [traceOf([operation("a")]), { ...other, processes: { p1: { serviceName: "other", tags: [] } } }];
    const source = createJaegerSource({ url: jaeger.url, headers: { authorization: "Bearer secret" } });
    const found = await source.list({ type: "job" });
    expect(found.map(({ id, instance }) => [id, instance.id]).sort()).toEqual([
      ["a", "i-1"],
      ["b", "other"],
    ]);
    expect(new Set(jaeger.headers.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer secret"]));
  });

  it("about a service leaves out what others did in the same trace", async () => {
    const remote = { ...operation("b", { parent: "a" }), processID: "p2" };
    const trace = traceOf([operation("a"), remote]);
    jaeger.traces = [{ ...trace, processes: { ...trace.processes, p2: { serviceName: "other", tags: [] } } }];
    const of = (service: string) => createJaegerSource({ url: jaeger.url, service }).list();
    expect((await of("app")).map(({ id }) => id)).toEqual(["a"]);
    expect((await of("other")).map(({ id, parentId }) => [id, parentId])).toEqual([["b", "a"]]);
  });

  it("that nothing can answer is not asked", async () => {
    const source = createJaegerSource({ url: jaeger.url });
    for (const options of [{ status: [] }, { limit: 0 }, { since: "yesterday" }, { status: ["pending" as const] }])
      expect(await source.list(options)).toEqual([]);
    expect(jaeger.asked).toEqual([]);
  });

  it("that wants no levels gets none", async () => {
    jaeger.traces = [traceOf([operation("a"), level("p", "a")])];
    const source = createJaegerSource({ url: jaeger.url });
    const [[whole], [bare]] = await Promise.all([source.list(), source.list({ levels: false })]);
    expect([whole!.levels.length, bare]).toEqual([1, { ...whole, levels: [] }]);
  });
});

describe("an answer", () => {
  it("has all there is, in whatever order a storage gives it", async () => {
    jaeger.traces = many(1_000).toSorted((a, b) => (a.traceID.slice(-2) < b.traceID.slice(-2) ? -1 : 1));
    const source = createJaegerSource({ url: jaeger.url });
    const ids = (found: readonly Snapshot[]) => found.map(({ id }) => id);
    const all = Array.from({ length: 1_000 }, (_, n) => `job-${999 - n}`);
    expect(ids(await source.list({ limit: 1_000 }))).toEqual(all);
    expect(ids(await source.list({ limit: 7 }))).toEqual(all.slice(0, 7));
    expect((await source.stats()).losses).toEqual({});
  });

  it("is cut where the limit on traces is, which is counted", async () => {
    jaeger.traces = many(500);
    const source = createJaegerSource({ url: jaeger.url, limit: 250 });
    expect((await source.list({ limit: 500 })).length).toBe(250);
    expect(await source.stats()).toMatchObject({ byStatus: { completed: 250 }, losses: { incomplete_answers: 2 } });
  });

  it("of several runs with one id is the latest", async () => {
    const runs = [5, 9, 2].map((from, index) => traceOf([operation("nightly", { from })], {}, nth(index + 1)));
    jaeger.traces = runs;
    const source = createJaegerSource({ url: jaeger.url });
    expect((await source.get("nightly"))!.startedAt).toBe("2026-01-01T00:00:09.000Z");
    expect((await source.list({ id: "nightly" })).length).toBe(3);
  });

  it("counts what was found, and what could not be read", async () => {
    vi.setSystemTime(Date.UTC(2026, 0, 1, 0, 1));
    const bad = { ...operation("bad"), startTime: -1 };
    jaeger.traces = [
      traceOf([operation("a", { seconds: 2 }), operation("b", { seconds: 4 }), bad], {}, nth(1)),
      traceOf([operation("c", { tags: { "progress.status": "failed" } })], {}, nth(2)),
      traceOf([marker("started", "d", { from: 20 })], {}, nth(3)),
    ];
    expect(await createJaegerSource({ url: jaeger.url }).stats()).toEqual({
      active: 1,
      byStatus: { pending: 0, running: 1, paused: 0, completed: 2, failed: 1, cancelled: 0, lost: 0 },
      byType: { job: 1 },
      meanSeconds: 3,
      p95Seconds: 4,
      forgotten: { operations: 0, levels: 0 },
      losses: { malformed_spans: 1 },
    });
  });
});

it("over HTTP it can be read, and says that it tells no changes", async () => {
  jaeger.traces = many(3);
  const handler = createProgressHandler(createJaegerSource({ url: jaeger.url }));
  const ask = (path: string) => handler(new Request(`http://localhost${path}`));
  const page = (await (await ask("/operations?limit=2")).json()) as { operations: Snapshot[]; nextCursor: string };
  expect(page.operations.map(({ id }) => id)).toEqual(["job-2", "job-1"]);
  const next = (await (await ask(`/operations?limit=2&cursor=${page.nextCursor}`)).json()) as typeof page;
  expect(next.operations.map(({ id }) => id)).toEqual(["job-0"]);
  expect([(await ask("/operations/job-1")).status, (await ask("/events")).status]).toEqual([200, 501]);
  await jaeger[Symbol.asyncDispose]();
  expect(await (await ask("/operations")).json()).toMatchObject({ status: 500, type: "urn:otel-progress:internal" });
});

describe("what is refused at once", () => {
  it.each([
    [
      { url: "localhost:16686" },
      'url: expected an address such as "http://localhost:16686", received "localhost:16686"',
    ],
    [{ url: "http://me:secret@localhost" }, "url: expected no user and password in it; give them as `headers`"],
    [{ url: "http://localhost", service: "" }, 'service: expected the name of a service, received ""'],
    [{ url: "http://localhost", limit: 0 }, "limit: expected a whole number from 1 to 100000, received 0"],
    [{ url: "http://localhost", timeout: 0 }, /^timeout: expected milliseconds or a duration/],
    [{ url: "http://localhost", lookback: "a week" as "1d" }, /^lookback: expected milliseconds or a duration/],
  ])("%j", (options, message) => {
    expect(() => createJaegerSource(options)).toThrow(message);
    expect(() => createJaegerSource(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
