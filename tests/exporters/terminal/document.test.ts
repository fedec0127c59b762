// What docs/terminal.md shows is what is drawn.

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { terminalBars } from "../../../src/exporters/terminal-bars.js";
import { ended, operation } from "../snapshots.js";
import { Emulator } from "./emulator.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const text = readFileSync(new URL("../../../docs/terminal.md", import.meta.url), "utf8");
const captures = [...text.matchAll(/```text\n([\s\S]*?)\n```/g)].map(([, capture]) => capture!);

const level = (fields: object) => operation({ operationId: "1", ...fields });
const song = (id: string, name: string, fields: object) =>
  level({ id, name, unit: "By", elapsedSeconds: 21, ...fields });
const running = [
  operation({
    id: "1",
    name: "Publish album 日本",
    percentage: 46.2,
    current: 3,
    total: 10,
    unit: "song",
    elapsedSeconds: 95,
    eta: { seconds: 110, low: 95, high: 160 },
    levels: [
      song("1a", "Prelude", {
        percentage: 62,
        current: 31e6,
        total: 50e6,
        rate: 1.5e6,
        eta: { seconds: 12.6, low: 11, high: 16 },
      }),
      song("1b", "Fugue", {
        percentage: 12,
        current: 5.6e6,
        total: 46e6,
        rate: 264e3,
        eta: { seconds: 150, low: 120, high: 200 },
        attempt: 2,
      }),
    ],
  }),
  operation({
    id: "2",
    name: "Import orders",
    current: 184_200,
    unit: "row",
    rate: 1_210,
    elapsedSeconds: 152,
    message: "page 1,842",
  }),
  operation({
    id: "3",
    name: "Synchronise stock",
    percentage: 40,
    coverage: 0.6,
    current: 400,
    unit: "item",
    elapsedSeconds: 201,
    stalled: { seconds: 95, waitingOn: [{ name: "GET stock.example", elapsedSeconds: 95, attributes: {} }] },
  }),
  operation({
    id: "4",
    name: "Render film",
    percentage: 71,
    estimated: true,
    elapsedSeconds: 340,
    eta: { seconds: 130, low: 100, high: 170 },
  }),
  operation({
    id: "5",
    name: "Back up",
    status: "paused",
    reason: "outside of its hours",
    percentage: 25,
    current: 1,
    total: 4,
    unit: "disk",
    elapsedSeconds: 600,
  }),
];
const before = [
  ended(12.4, { id: "8", name: "Build index", current: 10_000, total: 10_000, unit: "page", meanRate: 806 }),
  ended(3.1, {
    id: "9",
    name: "Send reports",
    status: "failed",
    percentage: 62,
    current: 124,
    total: 200,
    unit: "report",
    error: { type: "Error", code: "ECONNRESET", message: "connection reset by peer" },
  }),
];

test.each([
  [0, 110, 20],
  [1, 60, 20],
  [2, 60, 5],
])("capture %d, in a window of %d columns and %d rows", (index, columns, rows) => {
  const terminal = new Emulator(columns, rows);
  using bars = terminalBars({ stream: terminal.stream, unicode: true, color: false });
  void bars.export(rows > 5 ? [...before, ...running] : running, []);
  expect(terminal.shown.map((line) => line.trimEnd()).join("\n")).toBe(captures[index]);
});
