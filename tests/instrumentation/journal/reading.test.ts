import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coreOf } from "../../../src/instrumentation/core.js";
import { tellLost } from "../../../src/instrumentation/journal/lost.js";
import { lostSpansOf } from "../../../src/instrumentation/journal/lost-spans.js";
import { readHeader, readLine } from "../../../src/instrumentation/journal/reading.js";
import type { JournalHeader, JournalRecord } from "../../../src/instrumentation/journal/records.js";
import { createTestProgress } from "../../../src/testing.js";
import { START } from "./members.js";

const HEADER: JournalHeader = {
  journal: 1,
  instance: { id: "abc", host: "a", pid: 4 },
  process: { host: "a", pid: 4, startTicks: 99 },
};
const SPAN = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
const FULL: JournalRecord = {
  id: "a",
  type: "job",
  name: "Nightly",
  unit: "row",
  description: "all of it",
  message: "row 4",
  stage: "load",
  parentId: "p",
  attributes: { tenant: "x", sizes: [1, 2] },
  paused: true,
  current: 4,
  total: 10,
  totalKind: "estimate",
  percentage: 40,
  estimated: true,
  attempt: 2,
  attemptBegan: 1_000,
  failedItems: 1,
  skippedItems: 2,
  startedMillis: START,
  movedMillis: START + 1_000,
  seenMillis: START + 2_000,
  workMillis: 1_500,
  trace: { traceId: SPAN.traceId, spanId: SPAN.spanId },
  span: { ...SPAN, parentSpanId: "00f067aa0ba902b7" },
  levels: [{ id: "1", type: "file", name: "a.csv", startedMillis: START, span: SPAN }],
};
const { id, type, startedMillis, movedMillis, seenMillis, workMillis } = FULL;
const LEAST: JournalRecord = { id, type, startedMillis, movedMillis, seenMillis, workMillis };

const opLine = (op: unknown) => JSON.stringify({ op });

describe("what was written is read", () => {
  it("the header", () => {
    expect(readHeader(JSON.stringify(HEADER))).toEqual(HEADER);
    expect(readHeader(JSON.stringify({ ...HEADER, process: { host: "a", pid: 4 } }))).toBeDefined();
  });

  it("an operation, however much is known of it", () => {
    for (const op of [FULL, LEAST]) expect(readLine(opLine(op))).toEqual({ op });
  });

  it("an end", () => {
    expect(readLine('{"ended":"a"}')).toEqual({ ended: "a" });
  });
});

describe("what is damaged is none", () => {
  it("a line that was cut off anywhere", () => {
    const line = opLine(FULL);
    for (let length = 0; length < line.length; length++) expect(readLine(line.slice(0, length))).toBeUndefined();
  });

  it.each<[string, object]>([
    ["id", { id: 7 }],
    ["attributes", { attributes: null }],
    ["status", { paused: "yes" }],
    ["count", { current: -1 }],
    ["kind of total", { totalKind: "huge" }],
    ["percentage", { percentage: 101 }],
    ["attempt", { attempt: 0 }],
    ["moment", { startedMillis: 1e300 }],
    ["moment that is none", { seenMillis: null }],
    ["span", { span: { ...SPAN, spanId: "0" } }],
    ["levels", { levels: [null] }],
    ["span of a level", { levels: [{ ...FULL.levels![0], span: undefined }] }],
  ])("an operation with a wrong %s", (_, wrong) => {
    expect(readLine(opLine({ ...FULL, ...wrong }))).toBeUndefined();
  });

  it("an operation without what each has", () => {
    for (const name of Object.keys(LEAST)) expect(readLine(opLine({ ...LEAST, [name]: undefined }))).toBeUndefined();
  });

  it.each<[string, object]>([
    ["of another version", { journal: 2 }],
    ["without an instance", { instance: undefined }],
    ["with a pid that means all of a group", { process: { host: "a", pid: 0 } }],
    ["with an instance of an unknown host", { instance: { id: "abc", pid: 4 } }],
  ])("a header %s", (_, wrong) => {
    expect(readHeader(JSON.stringify({ ...HEADER, ...wrong }))).toBeUndefined();
  });
});

describe("whatever is in a file", () => {
  const junk = fc.oneof(fc.jsonValue(), fc.string(), fc.double(), fc.constantFrom(-1, 0, 1e308, "", "__proto__"));
  /** Of a record, some of which is anything else. */
  const lines = fc
    .record(
      Object.fromEntries(
        Object.entries(FULL).map(([name, value]) => [
          name,
          fc.oneof({ weight: 9, arbitrary: fc.constant(value) }, junk),
        ]),
      ),
    )
    .map(opLine);

  it("reading it never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), junk.map(opLine), lines), (line) => {
        readHeader(line);
        readLine(line);
      }),
      { numRuns: 2_000 },
    );
  });

  it("what is taken for an operation can be told: it has a snapshot and spans that can be exported", async () => {
    await using test = createTestProgress();
    const core = coreOf(test.progress);
    let told = 0;
    fc.assert(
      fc.property(lines, (line) => {
        const read = readLine(line);
        if (read === undefined || "ended" in read) return;
        told++;
        tellLost(core, { header: HEADER, records: [read.op], lastSeenMillis: 0 });
        const snapshot = test.progress.live.get(read.op.id)!;
        expect(snapshot.status).toBe("lost");
        expect(Number.isNaN(Date.parse(snapshot.startedAt!))).toBe(false);
        const spans = lostSpansOf(
          { handle: core.state.get(read.op.id) as never, record: read.op, lastSeenMillis: START },
          {},
        );
        for (const { startTime, endTime } of spans)
          for (const part of [...startTime, ...endTime]) expect(Number.isSafeInteger(part)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(told).toBeGreaterThan(50);
    expect(test.progress.live.stats().losses["internal_errors"]).toBeUndefined();
  });
});
