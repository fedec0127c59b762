import { describe, expect, it } from "vitest";
import type { LevelState, WriterState } from "../../../src/contribution-transport.js";
import { readOwnerNotice, readWriterState } from "../../../src/instrumentation/crossing/state-check.js";

const level: LevelState = {
  id: "l",
  type: "part",
  name: "n",
  unit: "row",
  description: "d",
  status: "failed",
  current: 1,
  failedItems: 1,
  skippedItems: 1,
  reported: 0.5,
  message: "m",
  attributes: { a: [1, 2] },
  total: 4,
  totalKind: "estimate",
  weight: 2,
  expectedMillis: 10,
  attempt: 2,
  startedAt: 1,
  endedAt: 2,
  reason: "r",
  error: { type: "E", message: "m", code: "c", details: { x: [] }, causes: [{ type: "E", message: "m" }] },
  summary: { rows: 1 },
  ended: { completed: 1, failed: 0, excluded: 2 },
  levels: [{ id: "m", type: "part", status: "running", current: 0 }],
};
const state: WriterState = {
  version: 1,
  operationId: "job",
  key: "k",
  writer: "w",
  sequence: 3,
  open: true,
  cancelRequested: { reason: "r" },
  parts: [
    { current: 2, levels: [level] },
    { levelId: "l", current: 0, messageAt: 5, heartbeats: 1, events: [{ number: 1, name: "e", attributes: {} }] },
  ],
};
const withPart = (part: object) => ({ ...state, parts: [{ current: 0, ...part }] });
const withLevel = (told: object) => withPart({ levels: [{ ...level, ...told }] });

describe("the state of a writer", () => {
  it("is taken as it is when everything is as it should be", () => {
    expect(readWriterState(state)).toBe(state);
    expect(readWriterState({ ...state, parts: [] })).toMatchObject({ parts: [] });
  });

  it.each([
    null,
    [],
    "state",
    {},
    { ...state, version: 2 },
    { ...state, operationId: "" },
    { ...state, key: 5 },
    { ...state, writer: "x".repeat(2_000) },
    { ...state, sequence: -1 },
    { ...state, sequence: Number.NaN },
    { ...state, open: "yes" },
    { ...state, parts: {} },
    { ...state, parts: Array(2_000).fill({ current: 0 }) },
    { ...state, cancelRequested: true },
    { ...state, cancelRequested: { reason: 5 } },
    withPart({ current: "1" }),
    withPart({ current: -1 }),
    withPart({ current: 2 ** 60 }),
    withPart({ failedItems: -1 }),
    withPart({ reported: 1.1 }),
    withPart({ reported: null }),
    withPart({ message: {} }),
    withPart({ messageAt: "now" }),
    withPart({ attributes: { a: {} } }),
    withPart({ attributes: [] }),
    withPart({ levelId: "" }),
    withPart({ ended: { completed: 1 } }),
    withPart({ events: [{ number: 1, name: "e" }] }),
    withPart({ events: Array(100).fill({ number: 1, name: "e", attributes: {} }) }),
    withPart({ levels: {} }),
    withLevel({ id: "" }),
    withLevel({ status: "finished" }),
    withLevel({ total: -1 }),
    withLevel({ totalKind: "about" }),
    withLevel({ weight: -1 }),
    withLevel({ weight: "2" }),
    withLevel({ attempt: 0.5 }),
    withLevel({ startedAt: "2026" }),
    withLevel({ error: "no" }),
    withLevel({ error: { type: "E", message: "m", causes: [5] } }),
    withLevel({ levels: [{ ...level, id: 5 }] }),
    withLevel({ levels: Array(2_000).fill(level) }),
  ])("is refused as a whole: %#", (wrong) => {
    expect(readWriterState(wrong)).toBe(undefined);
  });

  it("is refused when it has too many levels, or goes too deep", () => {
    const some = Array(100).fill({ ...level, levels: Array(20).fill({ ...level, levels: [] }) });
    expect(readWriterState(withPart({ levels: some }))).toBe(undefined);
    let deep: LevelState = level;
    for (let depth = 0; depth < 100; depth++) deep = { ...level, levels: [deep] };
    expect(readWriterState(withPart({ levels: [deep] }))).toBe(undefined);
  });
});

describe("the notice of an owner", () => {
  const notice = {
    version: 1,
    operationId: "job",
    key: "k",
    ended: false,
    aborted: [{ reason: "r" }, { levelId: "l" }],
  };

  it("is taken as it is, or refused as a whole", () => {
    expect(readOwnerNotice(notice)).toBe(notice);
    const wrong = [
      { ...notice, version: 0 },
      { ...notice, key: 1 },
      { ...notice, ended: 1 },
      { ...notice, aborted: {} },
      { ...notice, aborted: [{ levelId: 5 }] },
      { ...notice, aborted: Array(2_000).fill({}) },
    ];
    for (const each of [null, 5, ...wrong]) expect(readOwnerNotice(each)).toBe(undefined);
  });
});
