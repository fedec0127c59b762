import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clip,
  formatDuration,
  formatPercentage,
  formatProgress,
  formatQuantity,
  formatRate,
  singleLine,
} from "../src/format.js";

describe("formatDuration", () => {
  test.each([
    [0, "0s"],
    [0.449, "0.4s"],
    [9.99, "9.9s"],
    [12.7, "12s"],
    [60, "1m"],
    [90, "1m 30s"],
    [3_600, "1h"],
    [7_500, "2h 5m"],
    [3_605, "1h"],
    [273_600, "3d 4h"],
  ])("writes %d seconds as %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  test("writes nothing for what is no duration", () => {
    expect([Number.NaN, -1, Number.POSITIVE_INFINITY].map(formatDuration)).toEqual(["", "", ""]);
  });

  test("never has more than two units", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (seconds) => {
        expect(formatDuration(seconds)).toMatch(/^\d+(\.\d)?(d|h|m|s)( \d+(h|m|s))?$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("formatPercentage rounds down, so that 100% is only said when it is", () => {
  expect([0, 42.9, 99.9, 100].map(formatPercentage)).toEqual(["0%", "42%", "99%", "100%"]);
  expect(formatPercentage(undefined)).toBe("");
});

describe("formatQuantity", () => {
  test.each([
    [0, "By", "0 B"],
    [999, "By", "999 B"],
    [1_500, "By", "1.5 kB"],
    [278_903_070, "By", "278.9 MB"],
    [5e15, "By", "5 PB"],
    [5e19, "By", "50,000 PB"],
    [1, "row", "1 row"],
    [12_345, "row", "12,345 rows"],
    [2, "{item}", "2 items"],
    [3, "series", "3 series"],
    [999_960, "By", "1 MB"],
    [7, undefined, "7"],
  ])("writes %d of unit %s as %s", (count, unit, text) => {
    expect(formatQuantity(count, unit)).toBe(text);
  });
});

describe("formatProgress", () => {
  test("says how many of how many, with the unit once", () => {
    expect(formatProgress(3, 10, "file")).toBe("3 of 10 files");
    expect(formatProgress(1_200_000, 5_000_000, "By")).toBe("1.2 MB of 5 MB");
  });

  test("says what was done when the total is unknown, and nothing when nothing is known", () => {
    expect(formatProgress(3, undefined, "file")).toBe("3 files");
    expect(formatProgress(undefined, undefined, "file")).toBe("");
  });
});

describe("formatRate", () => {
  test("counts per second, and per minute when slower than one a second", () => {
    expect(formatRate(45.4, "row")).toBe("45 rows/s");
    expect(formatRate(4.25, "row")).toBe("4.3 rows/s");
    expect(formatRate(0.05, "row")).toBe("3 rows/min");
    expect(formatRate(0.5, "By")).toBe("0.5 B/s");
  });

  test("says nothing about what is unknown or does not move", () => {
    expect([formatRate(undefined, "row"), formatRate(0, "row"), formatRate(Number.NaN)]).toEqual(["", "", ""]);
  });
});

test("singleLine takes the control characters out of any text", () => {
  expect(singleLine("a\u001b[31mred\u001b[0m\nb\tc\u009b2J\u2028")).toBe("ared b c");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
      expect(singleLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ["\u001b]0;title\u0007name", "name"],
  ["\u001b]8;;http://example.com\u001b\\link\u001b]8;;\u001b\\", "link"],
  ["\u009d0;title\u009cname", "name"],
  ["\u001bPq#0\u001b\\name", "name"],
  ["\u001b[?1049hname\u001b[1;2H", "name"],
  ["\u001b(0name\u001bc", "name"],
  ["\u001b]0;never ended", "0;never ended"],
  ["\u001b", ""],
  ["ab\u202edc", "abdc"],
  ["👨‍👩‍👧 e\u0301", "👨‍👩‍👧 e\u0301"],
])("singleLine leaves of %j only what is to be read", (text, shown) => {
  expect(singleLine(text)).toBe(shown);
});

test("singleLine takes as long as the text is", () => {
  for (const start of ["\u001b]", "\u009d", "\u001b[", "\u001b"]) singleLine(start.repeat(200_000));
});

test("bytes are in powers of 1024 where that is wanted, and say so", () => {
  const sizes = [1_023, 1_024, 1_536, 1_048_570, 3 * 1_024 ** 3];
  expect(sizes.map((size) => formatQuantity(size, "By", "binary"))).toEqual([
    "1,023 B",
    "1 KiB",
    "1.5 KiB",
    "1 MiB",
    "3 GiB",
  ]);
  expect(formatProgress(1_024, 2_048, "By", "binary")).toBe("1 KiB of 2 KiB");
  expect(formatRate(2_048, "By", "binary")).toBe("2 KiB/s");
  expect(formatRate(2_048, "row", "binary")).toBe("2,048 rows/s");
});

test("a text is clipped to so many places, never through the middle of a character", () => {
  expect(clip("ab\u{1f600}cd", 4)).toBe("ab…");
  expect([clip("abcd", 4), clip("abcde", 4)]).toEqual(["abcd", "abc…"]);
});
