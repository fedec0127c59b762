import { afterEach, beforeEach, expect, it } from "vitest";
import type { Sample } from "../../../src/cli/run/line.js";
import { Watcher } from "../../../src/cli/run/watcher.js";
import { ManualClock } from "../../../src/testing.js";

const bytesOf = (text: string) => new TextEncoder().encode(text);

let clock: ManualClock;
let seen: (number | "over")[];
let watcher: Watcher;
let looks: number;
beforeEach(() => {
  clock = new ManualClock();
  seen = [];
  looks = 0;
  const found = (sample: Sample | "over") => void seen.push(sample === "over" ? sample : sample.percentage);
  watcher = new Watcher({ found, look: () => void looks++ }, clock);
});
afterEach(() => watcher[Symbol.dispose]());

it("complete lines are told at once, the one that is not within a tenth of a second, and again when it goes on", () => {
  watcher.see(bytesOf("10%\n4"));
  expect(seen).toEqual([10]);
  watcher.see(bytesOf("5%"));
  clock.advance(100);
  expect(seen).toEqual([10, 45]);
  clock.advance(1_000);
  expect(seen).toEqual([10, 45]);
  watcher.see(bytesOf(" \r50%"));
  clock.advance(100);
  expect(seen).toEqual([10, 45, 45, 50]);
});

it("of much, the first 64 KiB of each tenth of a second are looked at, and the last of the rest", () => {
  const filled = (text: string) => bytesOf(`${"x".repeat(40_000)}\n${text}\n`);
  watcher.see(filled("1%"));
  watcher.see(filled("2%"));
  watcher.see(filled("3%"));
  expect(seen).toEqual([1]);
  clock.advance(100);
  expect(seen).toEqual([1, 3]);
  watcher.see(filled("4%"));
  expect(seen).toEqual([1, 3, 4]);
});

it("a line of which the beginning was left out is none", () => {
  watcher.see(bytesOf(`${" ".repeat(70_000)}45%\n46%\n`));
  clock.advance(100);
  expect(seen).toEqual([46]);
});

it("after every tenth of a second in which something came, phases look around", () => {
  clock.advance(1_000);
  expect(looks).toBe(0);
  watcher.see(bytesOf("text"));
  clock.advance(1_000);
  expect(looks).toBe(1);
});

it("data is not looked at any more", () => {
  watcher.see(bytesOf("1%\n\u00002%\n"));
  watcher.see(bytesOf("3%\n"));
  clock.advance(100);
  expect(seen).toEqual([1]);
});

it("it looks a last time when it ends, and not after that", () => {
  watcher.see(bytesOf("45%"));
  watcher[Symbol.dispose]();
  expect(seen).toEqual([45]);
  watcher.see(bytesOf("46%"));
  clock.advance(1_000);
  expect(seen).toEqual([45]);
});
