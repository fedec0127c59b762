import { describe, expect, it } from "vitest";
import { didYouMean, suggest } from "../../src/cli/suggest.js";

const COMMANDS = ["run", "list", "get", "watch", "history", "export", "serve", "completion", "help"];

describe("what was probably meant", () => {
  it.each([
    ["lsit", "list", "neighbours swapped"],
    ["lst", "list", "a letter missing"],
    ["expport", "export", "a letter too many"],
    ["watcg", "watch", "another letter"],
    ["histroy", "history", "a swap in a longer word"],
    ["comp", "completion", "the beginning"],
    ["h", "history", "the first of several that begin so"],
  ])("%s is %s: %s", (word, name) => {
    expect(suggest(word, COMMANDS)).toBe(name);
  });

  it("is nothing where nothing is near", () => {
    expect(suggest("frobnicate", COMMANDS)).toBeUndefined();
    expect(suggest("", COMMANDS)).toBeUndefined();
    expect(suggest("xyz", [])).toBeUndefined();
  });

  it("takes the nearest: what begins so goes before what is one slip away", () => {
    expect(suggest("job-1", ["job-2", "job-12"])).toBe("job-12");
    expect(suggest("jbo-1", ["job-2", "job-1"])).toBe("job-1");
  });

  it("is said as a sentence behind another, or not at all", () => {
    expect(didYouMean("limt", ["limit", "text"], "--")).toBe(". Did you mean --limit?");
    expect(didYouMean("zzzz", ["limit"])).toBe("");
  });
});
