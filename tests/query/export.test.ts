import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../src/model.js";
import { CSV_HEADER, csvCell, csvLine, exportStream } from "../../src/query/export.js";
import { snapshotOf, sourceOf } from "./source.js";

const same = (snapshot: Snapshot) => snapshot;

/** A reader of CSV as RFC 4180 has it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy;
  while (cell.lastIndex < text.length) {
    const [, quoted, plain, end] = cell.exec(text)!;
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === "\r\n") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

describe("a cell", () => {
  test.each<[string | number | boolean | undefined, string]>([
    [undefined, ""],
    [0, "0"],
    [-1.5, "-1.5"],
    [true, "true"],
    ["plain text", "plain text"],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ["two\nlines", '"two\nlines"'],
    ["=1+1", "'=1+1"],
    ['=HYPERLINK("http://evil")', '"\'=HYPERLINK(""http://evil"")"'],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    [" =1", "' =1"],
    ["\t=1", "'\t=1"],
    ["\r=1", '"\'\r=1"'],
    ["\u0000=1", "'\u0000=1"],
    ["＝1", "'＝1"],
    [" padded ", '" padded "'],
    ["a=b", "a=b"],
  ])("of %j is %s", (value, expected) => {
    expect(csvCell(value)).toBe(expected);
  });

  test("never begins as a formula does, and loses nothing, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."=+-@\t\r\n\",' a1") }), (text) => {
        const [[read] = []] = parseCsv(`${csvCell(text)}\r\n`);
        expect(read ?? "").not.toMatch(/^\s*[=+\-@]/);
        expect([text, `'${text}`]).toContain(read ?? "");
      }),
    );
  });
});

describe("a line", () => {
  test("has a cell under every heading", () => {
    const snapshot = snapshotOf("=a", 0, {
      status: "failed",
      message: "x, y",
      percentage: 12.5,
      error: { type: "TypeError", message: "-no", code: "E1" },
      attributes: { n: 1 },
    } as Partial<Snapshot>);
    const [headings, cells] = parseCsv(CSV_HEADER + csvLine(snapshot));
    const row = Object.fromEntries(headings!.map((heading, i) => [heading, cells![i]]));
    expect(cells).toHaveLength(headings!.length);
    expect(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== ""))).toEqual({
      id: "'=a",
      type: "import",
      name: "import",
      status: "failed",
      percentage: "12.5",
      message: "x, y",
      startedAt: "2026-01-01T00:00:00.000Z",
      elapsedSeconds: "1",
      attempt: "1",
      errorType: "TypeError",
      errorCode: "E1",
      errorMessage: "'-no",
      instance: "i",
      host: "h",
      pid: "1",
      attributes: '{"n":1}',
    });
  });
});

describe("an export", () => {
  const all = Array.from({ length: 1100 }, (_, i) => snapshotOf(`o${i}`, Math.floor(i / 3)));
  const textOf = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

  test("as NDJSON is every operation once, each a line", async () => {
    const text = await textOf(exportStream(sourceOf(all), {}, { format: "ndjson", prepare: same }));
    const lines = text.split("\n");
    expect(lines.pop()).toBe("");
    const read = lines.map((line) => JSON.parse(line) as Snapshot);
    expect(new Set(read.map(({ id }) => id)).size).toBe(1100);
    expect(read[0]).toEqual(all[1098]);
  });

  test("as CSV has its headings, also when there is nothing under them", async () => {
    const text = await textOf(exportStream(sourceOf(all), { id: "o7" }, { format: "csv", prepare: same }));
    expect(text).toBe(CSV_HEADER + csvLine(all[7]!));
    expect(await textOf(exportStream(sourceOf([]), {}, { format: "csv", prepare: same }))).toBe(CSV_HEADER);
    expect(await textOf(exportStream(sourceOf([]), {}, { format: "ndjson", prepare: same }))).toBe("");
  });

  test("asks for a page only when the one before was taken", async () => {
    const source = sourceOf(all);
    const reader = exportStream(source, {}, { format: "ndjson", prepare: same }).getReader();
    expect(source.asked).toHaveLength(0);
    await reader.read();
    await new Promise(setImmediate);
    expect(source.asked).toHaveLength(1);
    await reader.cancel();
    expect(source.asked).toHaveLength(1);
  });

  test("is broken off, not ended, when its source fails on the way", async () => {
    let pages = 0;
    const failing = sourceOf(all, {
      list: (options) => {
        if (++pages === 2) throw new Error("away");
        return sourceOf(all).list(options);
      },
    });
    await expect(textOf(exportStream(failing, {}, { format: "ndjson", prepare: same }))).rejects.toThrow("away");
  });

  test("holds what the caller lets out", async () => {
    const prepare = (snapshot: Snapshot) => ({ ...snapshot, name: "?" });
    const text = await textOf(exportStream(sourceOf([all[0]!]), {}, { format: "ndjson", prepare }));
    expect(JSON.parse(text)).toMatchObject({ id: "o0", name: "?" });
  });
});
