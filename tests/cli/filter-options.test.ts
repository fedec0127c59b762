import { describe, expect, it } from "vitest";
import { readArguments } from "../../src/cli/arguments.js";
import { type Command, UsageError } from "../../src/cli/command.js";
import { countOf, FILTERS, filterOf, SORT, sortOf } from "../../src/cli/filter-options.js";

const COMMAND: Command = {
  usage: "",
  description: "",
  options: { ...FILTERS, sort: SORT, limit: { type: "string", about: "" } },
  examples: [],
  run: async () => 0,
};
const NOW = Date.UTC(2026, 0, 31, 12);
const args = (line: string) => readArguments(COMMAND, line.split(" ").filter(Boolean));
const filter = (line: string) => filterOf(args(line), NOW);

describe("filters on the command line", () => {
  it("are those of every source; what is not given is absent", () => {
    expect(filter("")).toEqual({});
    expect(filter("--type import --text csv")).toEqual({ type: "import", text: "csv" });
  });

  it("take several statuses, by commas or one by one", () => {
    expect(filter("-s failed,lost --status running")).toEqual({ status: ["failed", "lost", "running"] });
  });

  it("take times as durations ago, days and moments", () => {
    expect(filter("--since 2h --until 30m")).toEqual({
      since: "2026-01-31T10:00:00.000Z",
      until: "2026-01-31T11:30:00.000Z",
    });
    expect(filter("--since 2026-01-30")).toEqual({ since: "2026-01-30T00:00:00.000Z" });
    expect(filter("--since 2026-01-30T08:00:00+02:00")).toEqual({ since: "2026-01-30T06:00:00.000Z" });
  });

  it.each([
    ["--status fialed", /--status: expected pending, .*received "fialed"\. Did you mean failed\?/],
    ["--status failed,", /--status: .*received ""/],
    ["--since yesterday", /--since: expected a time such as "2h".*received "yesterday"/],
    ["--until 7", /--until: expected a time/],
    ["--since 2026-13-45", /--since: expected a time/],
  ])("refuse %s in words", (line, message) => {
    expect(() => filter(line)).toThrowError(UsageError);
    expect(() => filter(line)).toThrowError(message);
  });

  it("know three orders, and counts from 1 on", () => {
    expect([sortOf(args("")), sortOf(args("--sort duration"))]).toEqual(["started", "duration"]);
    expect(() => args("--sort size")).toThrowError("--sort: expected started, updated, duration");
    expect([countOf(args(""), "limit", 5), countOf(args("--limit 12"), "limit", 5)]).toEqual([5, 12]);
    for (const wrong of ["0", "1.5", "many", "9999999999"])
      expect(() => countOf(args(`--limit ${wrong}`), "limit", 5)).toThrowError(UsageError);
  });
});
