import { describe, expect, it } from "vitest";
import { Announcer, announcement } from "../../../../src/query/web/client/announcer.js";

const happened = (tone: "stalled" | "completed" | "failed", ...names: string[]) =>
  names.map((name) => ({ tone, name }));

describe("an announcement", () => {
  it("tells trouble first, three names of each, and how many more", () => {
    expect(announcement([...happened("completed", "a", "b", "c", "d", "e"), ...happened("stalled", "x")])).toBe(
      "Stalled: x. Completed: a, b, c and 2 more.",
    );
  });
});

describe("an announcer", () => {
  it("says the first thing at once, and what follows after a pause, together", () => {
    const said: string[] = [];
    const waiting: [() => void, number][] = [];
    const announcer = new Announcer(
      (text) => said.push(text),
      (fn, millis) => waiting.push([fn, millis]),
    );
    announcer.add([]);
    announcer.add(happened("completed", "a"));
    announcer.add(happened("completed", "b"));
    announcer.add(happened("failed", "c"));
    expect([said, waiting.map(([, millis]) => millis)]).toEqual([["Completed: a."], [5_000]]);
    waiting.shift()![0]();
    expect(said).toEqual(["Completed: a.", "Failed: c. Completed: b."]);
    waiting.shift()![0]();
    expect([said.length, waiting.length]).toEqual([2, 0]);
    announcer.add(happened("stalled", "d"));
    expect(said[2]).toBe("Stalled: d.");
  });
});
