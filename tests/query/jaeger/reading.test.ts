import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../../src/model.js";
import { JaegerClient } from "../../../src/query/jaeger/client.js";
import { Reading, type ReadingOptions } from "../../../src/query/jaeger/reading.js";
import { startFakeJaeger } from "./fake-jaeger.js";
import { operation, START_MICROS, traceOf } from "./json-spans.js";

const MAX_BYTES = 200_000;
const WHOLE = { fromMicros: START_MICROS, toMicros: START_MICROS + 86_400e6 };
const WANTED = { service: "app", tags: { "progress.operation.type": "job" } };
const ALL: ReadingOptions = {
  limit: 10_000,
  nowMicros: 0,
  service: undefined,
  passes: () => true,
  enough: Number.POSITIVE_INFINITY,
};
const many = (count: number, at: (n: number) => number = (n) => n) =>
  Array.from({ length: count }, (_, n) =>
    traceOf([operation(`job-${n}`, { from: at(n) })], {}, (n + 1).toString(16).padStart(32, "0")),
  );

async function read(
  traces: ReturnType<typeof many>,
  options: Partial<ReadingOptions> = {},
  tooLargeFrom = Number.POSITIVE_INFINITY,
) {
  await using jaeger = await startFakeJaeger(traces, (url, response) => {
    if (Number(url.searchParams.get("limit")) < tooLargeFrom) return false;
    response.end(Buffer.alloc(MAX_BYTES + 1, " "));
    return true;
  });
  const client = new JaegerClient({ url: jaeger.url, headers: {}, timeoutMillis: 5_000, maxBytes: MAX_BYTES });
  const reading = new Reading(client, { ...ALL, ...options });
  const failure = await reading.read(WANTED, WHOLE).catch((error: unknown) => error);
  return { reading, failure, ids: reading.found.map(({ id }) => id), asked: jaeger.asked };
}

describe("a reading", () => {
  it("of what fits into one answer asks once", async () => {
    const { ids, asked } = await read(many(99));
    expect([ids.length, asked.length]).toEqual([99, 1]);
  });

  it("parts the time until each answer has room, and finds everything once", async () => {
    const { ids, asked, reading } = await read(many(1_000, (n) => (n * 7919) % 1_000));
    expect([ids.length, new Set(ids).size, reading.incomplete]).toEqual([1_000, 1_000, false]);
    expect(asked.length).toBeLessThan(60);
  });

  it("ends when there is enough that began after all that is left", async () => {
    const { ids, asked } = await read(many(1_000), { enough: 10 });
    const latest = Array.from({ length: 10 }, (_, n) => `job-${990 + n}`);
    expect(latest.filter((id) => !ids.includes(id))).toEqual([]);
    expect(asked.length).toBeLessThan(4);
  });

  it("keeps what passes alone, and goes on until that is enough", async () => {
    const passes = ({ id }: Snapshot) => id === "job-3";
    expect((await read(many(300), { passes, enough: 1 })).ids).toEqual(["job-3"]);
  });

  it("reads no more traces than it may", async () => {
    const { ids, reading } = await read(many(1_000), { limit: 150 });
    expect([ids.length, reading.incomplete]).toEqual([150, true]);
    expect((await read(many(1_000), { limit: 1 })).ids).toEqual(["job-999"]);
  });

  it("is not complete when more than one answer holds began in the same microsecond", async () => {
    const { ids, reading, asked } = await read(many(300, () => 5));
    expect([ids.length, reading.incomplete]).toEqual([100, true]);
    expect(asked.length).toBeLessThan(100);
  });

  it("asks for less where an answer is too large, down to a single trace", async () => {
    const { ids, asked } = await read(many(20), {}, 26);
    expect([ids.length, asked.map((url) => url.searchParams.get("limit"))]).toEqual([20, ["100", "25"]]);
    expect((await read(many(2), {}, 1)).failure).toMatchObject({
      code: "SOURCE_FAILED",
      message: "Jaeger, /api/traces: a single trace is too large to be read",
    });
  });

  it("counts what is no trace", async () => {
    await using jaeger = await startFakeJaeger([], (_, response) => {
      response.end(JSON.stringify({ data: [7, { traceID: "x" }, ...many(1)] }));
      return true;
    });
    const client = new JaegerClient({ url: jaeger.url, headers: {}, timeoutMillis: 5_000 });
    const reading = new Reading(client, ALL);
    await reading.read(WANTED, WHOLE);
    expect([reading.found.length, reading.malformed]).toEqual([1, 2]);
  });
});
