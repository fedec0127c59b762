// Which carriers Redis is told of, and when.

import { beforeEach, describe, expect, it } from "vitest";
import { Handover } from "../../src/redis/handover.js";
import { Keys } from "../../src/redis/schema.js";
import type { Script } from "../../src/redis/scripts/script.js";
import { ManualClock } from "../../src/testing.js";

let clock: ManualClock;
/** What it was told, as `<field> <for how long>`. */
let told: string[];
let failures: unknown[];
let answer: () => Promise<unknown>;
let handover: Handover;

function made(handoverMillis = 60_000): Handover {
  const run = (_: Script, __: readonly string[], args: readonly (string | number)[]) => {
    told.push(`${args[0]} ${args[4]}`);
    return answer();
  };
  const failed = (error: unknown) => failures.push(error);
  return new Handover({ run, clock, own: new Keys("p").instance("one"), ttlMillis: 1, handoverMillis, failed });
}

beforeEach(() => {
  clock = new ManualClock();
  told = [];
  failures = [];
  answer = () => Promise.resolve([2, ""]);
  handover = made();
});

describe("Handover", () => {
  it("tells at once of the first carrier of an operation", () => {
    handover.made("a");
    handover.made("a");
    handover.made("b");
    expect(told).toEqual(["/a 60000", "/b 60000"]);
  });

  it("tells of further ones once in a while, as long as they hold", () => {
    handover.made("a");
    clock.advance(5_000);
    handover.made("a");
    handover.tick();
    expect(told).toEqual(["/a 60000"]);
    clock.advance(1_500);
    handover.tick();
    handover.tick();
    expect(told).toEqual(["/a 60000", "/a 58500"]);
  });

  it("tells of all that were made when it is asked to, or the operation goes on without its owner", async () => {
    handover.made("a");
    handover.made("b");
    clock.advance(1_000);
    handover.made("a");
    handover.made("b");
    expect(handover.leave("b", false)).toBe(true);
    clock.advance(1_000);
    await handover.told();
    await handover.told();
    expect(told.slice(2)).toEqual(["/b 60000", "/a 59000"]);
  });

  it("says nothing of an operation that has ended, or of carriers that hold no more", async () => {
    handover.made("a");
    clock.advance(1_000);
    handover.made("a");
    expect([handover.leave("a", true), handover.leave("a", true)]).toEqual([true, false]);
    handover.made("b");
    clock.advance(60_000);
    handover.tick();
    handover.restart();
    await handover.told();
    expect(handover.leave("b", false)).toBe(false);
    expect(told).toEqual(["/a 60000", "/b 60000"]);
  });

  it("says it again when it could not be said, or was forgotten, for what is left of the time", async () => {
    answer = () => Promise.reject(new Error("away"));
    handover.made("a");
    await handover.told();
    expect(failures).toHaveLength(1);
    answer = () => Promise.resolve([2, ""]);
    clock.advance(20_000);
    handover.tick();
    await handover.told();
    clock.advance(20_000);
    handover.restart();
    expect(told).toEqual(["/a 60000", "/a 40000", "/a 20000"]);
  });

  it("says nothing at all when carriers hold nothing", () => {
    handover = made(0);
    handover.made("a");
    expect([handover.leave("a", false), told]).toEqual([false, []]);
  });
});
