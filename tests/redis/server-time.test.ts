import { expect, it } from "vitest";
import { ServerTime } from "../../src/redis/server-time.js";

it("is not known before the first answer", () => {
  expect(new ServerTime().at(1_000)).toBe(Number.NaN);
});

it("goes on as ours does, from what the first answer said", () => {
  const time = new ServerTime();
  time.saw(100, 100, 5_000);
  expect([time.at(100), time.at(1_100)]).toEqual([5_000, 6_000]);
});

it("is never ahead of what an answer allows, nor behind it, and stays where it was in between", () => {
  const time = new ServerTime();
  time.saw(100, 110, 5_000);
  expect(time.at(110)).toBe(5_000);
  // Asked at 200 there was 5,095, or a little later: as it was thought.
  time.saw(200, 220, 5_095);
  expect(time.at(220)).toBe(5_110);
  // It cannot be as late as that.
  time.saw(300, 302, 5_180);
  expect(time.at(302)).toBe(5_182);
  // Nor as early.
  time.saw(400, 402, 5_290);
  expect(time.at(402)).toBe(5_290);
});

it("follows a clock that is set", () => {
  const time = new ServerTime();
  time.saw(100, 110, 5_000);
  time.saw(200, 210, 3_605_000);
  expect(time.at(210)).toBe(3_605_000);
});
