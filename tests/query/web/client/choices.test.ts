import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  historyQuery,
  readChoices,
  SHOW,
  SINCE,
  SORT,
  showsEnded,
  showsLive,
  writeChoices,
} from "../../../../src/query/web/client/choices.js";

describe("choices", () => {
  it("come back from the address as they were written", () => {
    const any = fc.record({
      text: fc.string({ maxLength: 200 }),
      type: fc.string(),
      show: fc.constantFrom(...SHOW),
      since: fc.constantFrom(...SINCE),
      sort: fc.constantFrom(...SORT),
      open: fc.uniqueArray(fc.string(), { maxLength: 50 }).map((ids) => new Set(ids)),
    });
    fc.assert(fc.property(any, (choices) => void expect(readChoices(writeChoices("", choices))).toEqual(choices)));
  });

  it("leave out what is not chosen, and parameters of others alone", () => {
    expect(writeChoices("?id=7&show=lost&open=x", readChoices(""))).toBe("?id=7");
    expect(writeChoices("", readChoices("?show=all&sort=ended"))).toBe("");
  });

  it("of a stranger are the usual ones where they make no sense", () => {
    const { open, ...rest } = readChoices(`?show=nothing&since=9y&sort=-1&q=${"x".repeat(999)}${"&open=a".repeat(99)}`);
    expect(rest).toEqual({ text: "x".repeat(200), type: "", show: "all", since: "", sort: "ended" });
    expect([...open]).toEqual(["a"]);
  });

  it("say which sections there are", () => {
    expect(SHOW.filter(showsLive)).toEqual(["all", "running", "attention", "lost"]);
    expect(SHOW.filter(showsEnded)).toEqual(["all", "completed", "failed", "cancelled", "lost"]);
  });
});

describe("the question for the history", () => {
  const time = Date.parse("2026-01-02T12:00:30Z");

  it("is for everything that ended, the latest first", () => {
    expect(String(historyQuery(readChoices(""), time, 30))).toBe(
      "status=completed%2Cfailed%2Ccancelled%2Clost&limit=30&sort=updated",
    );
  });

  it("is narrowed by what is chosen, to the minute", () => {
    const choices = readChoices("?q=a%20b&type=t&show=failed&since=24h&sort=duration");
    expect(Object.fromEntries(historyQuery(choices, time, 10, "next"))).toEqual({
      status: "failed",
      limit: "10",
      sort: "duration",
      text: "a b",
      type: "t",
      since: "2026-01-01T12:00:00.000Z",
      cursor: "next",
    });
  });
});
