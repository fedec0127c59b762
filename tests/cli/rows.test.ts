import { describe, expect, it } from "vitest";
import type { Shown } from "../../src/cli/output.js";
import { HISTORY_COLUMNS, LIST_COLUMNS } from "../../src/cli/rows.js";
import { table } from "../../src/cli/table.js";
import type { Snapshot } from "../../src/model.js";
import { snapshotOf } from "../query/source.js";

const PLAIN: Shown = { format: "plain", color: false, unicode: true, columns: undefined };
const row = (more: object, shown = PLAIN) =>
  table([snapshotOf("a", 0, more as Partial<Snapshot>)], LIST_COLUMNS, shown)[1];

describe("an operation as a row", () => {
  it("says how far it is; a guess and a floor are said to be one", () => {
    expect(row({ percentage: 41.9 })).toMatch(/ running {3}41% /);
    expect(row({ percentage: 41.9, estimated: true })).toMatch(/ running {2}~41% /);
    expect(row({ percentage: 41.9, coverage: 0.5 })).toMatch(/ running {2}>41% /);
    expect(row({ coverage: 0.5 })).not.toContain(">");
  });

  it("says how long still, and shows no rate of what stands still", () => {
    const rate = { rate: 2, unit: "row", eta: { seconds: 90, low: 60, high: 120, basis: "rate" } };
    expect(row(rate)).toMatch(/2 rows\/s {4}1s {2}1m 30s$/);
    expect(row({ ...rate, stalled: { seconds: 60, waitingOn: [] } })).toMatch(/stalled 1m {4}1s {2}1m 30s$/);
  });

  it("says what it does, or why it ended", () => {
    expect(row({ stage: "load", message: "row\n7" })).toMatch(/ load: row 7$/);
    expect(row({ message: "row 7" })).toMatch(/ row 7$/);
    expect(row({ status: "completed", message: "row 7" })).not.toContain("row 7");
    expect(row({ status: "paused", reason: "night" })).toMatch(/paused .* night$/);
    expect(row({ status: "failed", error: { type: "Error", message: "no disk" }, message: "row 7" })).toMatch(
      / no disk$/,
    );
  });

  it("is coloured by how it goes", () => {
    const colored = { ...PLAIN, color: true };
    const colorOf = (more: object) =>
      new RegExp(`\\u001b\\[(\\d+)m(${"stalled|paused|failed|lost|cancelled|completed|pending"})`).exec(
        row(more, colored)!,
      )?.[1];
    expect(colorOf({ stalled: { seconds: 1, waitingOn: [] } })).toBe("33");
    expect(colorOf({ status: "paused" })).toBe("33");
    expect(colorOf({ status: "failed", error: { type: "E", message: "m" } })).toBe("31");
    expect(colorOf({ status: "lost" })).toBe("31");
    expect(colorOf({ status: "cancelled" })).toBe("33");
    expect(colorOf({ status: "completed" })).toBe("32");
    expect(colorOf({ status: "pending" })).toBe("2");
    expect(row({ status: "failed", error: { type: "E", message: "no disk" } }, colored)).toContain(
      "\u001b[31mno disk\u001b[0m",
    );
  });

  it("of a history says when it began", () => {
    const ended = snapshotOf("a", 0, { status: "completed" } as never);
    expect(table([ended], HISTORY_COLUMNS, PLAIN)).toEqual([
      "ID  NAME    TYPE    STATUS     STARTED (UTC)        TIME",
      "a   import  import  completed  2026-01-01 00:00:00    1s",
    ]);
    const { startedAt: _, ...unknown } = ended;
    expect(table([unknown as Snapshot], HISTORY_COLUMNS, PLAIN)[0]).not.toContain("STARTED");
  });
});
