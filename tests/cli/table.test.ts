import { describe, expect, it } from "vitest";
import type { Shown } from "../../src/cli/output.js";
import { type Column, table } from "../../src/cli/table.js";

interface Row {
  readonly id: string;
  readonly count: number;
  readonly note: string;
}
const COLUMNS: readonly Column<Row>[] = [
  { title: "ID", text: ({ id }) => id, least: 4, rank: 1 },
  {
    title: "COUNT",
    right: true,
    text: ({ count }) => String(count),
    color: ({ count }) => (count > 9 ? 31 : undefined),
  },
  { title: "NOTE", text: ({ note }) => note, least: 6, rank: 2 },
];
const PLAIN: Shown = { format: "plain", color: false, unicode: true, columns: undefined };
const window = (columns: number, more: Partial<Shown> = {}): Shown => ({ ...PLAIN, format: "tty", columns, ...more });
const ROWS: readonly Row[] = [
  { id: "job-7", count: 3, note: "row 3 of customers" },
  { id: "日本語-8", count: 12, note: "" },
];

describe("a table", () => {
  it("has its columns below each other, numbers at the right, wide characters counted as such", () => {
    expect(table(ROWS, COLUMNS, PLAIN)).toEqual([
      "ID        COUNT  NOTE",
      "job-7         3  row 3 of customers",
      "日本語-8     12",
    ]);
  });

  it("leaves out columns in which nothing stands", () => {
    expect(table([{ id: "a", count: 1, note: "" }], COLUMNS, PLAIN)).toEqual(["ID  COUNT", "a       1"]);
  });

  it("narrows in a narrow window what may be narrowed, what matters least first", () => {
    expect(table(ROWS, COLUMNS, window(31))).toEqual([
      "ID        COUNT  NOTE",
      "job-7         3  row 3 of cus…",
      "日本語-8     12",
    ]);
  });

  it("leaves out what there is no room for, and gives the room to the others", () => {
    expect(table(ROWS, COLUMNS, window(18))).toEqual(["ID        COUNT", "job-7         3", "日本語-8     12"]);
  });

  it("leaves out what matters less before it narrows a column below what that wants", () => {
    const columns = COLUMNS.map((column) => (column.title === "ID" ? { ...column, wanted: 8 } : column));
    const rows = [{ id: "a-long-id", count: 3, note: "customers" }];
    expect(table(rows, columns, window(26))).toEqual(["ID         COUNT  NOTE", "a-long-id      3  custom…"]);
    expect(table(rows, columns, window(22))).toEqual(["ID         COUNT", "a-long-id      3"]);
    expect(table(rows, columns, window(13))).toEqual(["ID     COUNT", "a-lo…      3"]);
  });

  it("is cut where nothing more can be left out", () => {
    expect(table(ROWS, COLUMNS, window(5)).map((line) => line.trim())).toEqual(["COU…", "…", "…"]);
  });

  it("colours cells on a terminal, and only there", () => {
    expect(table(ROWS, COLUMNS, window(80, { color: true }))[2]).toBe("日本語-8  \u001b[31m   12\u001b[0m");
    expect(table(ROWS, COLUMNS, window(5, { color: true }))[2]!.trim()).toBe("…");
  });

  it("keeps one long text from pushing everything else away", () => {
    const long = [{ id: "a".repeat(300), count: 1, note: "n" }];
    expect(table(long, COLUMNS, window(500))[1]).toBe(`${"a".repeat(59)}…      1  n`);
    expect(table(long, COLUMNS, PLAIN)[1]).toContain("a".repeat(300));
  });
});
