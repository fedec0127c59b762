import { expect, it } from "vitest";
import { type Detail, emits, GRANULARITIES, tells } from "../src/granularity.js";
import type { EventName } from "../src/model.js";

const DETAILS: readonly Detail[] = ["update", "message", "stage", "level"];
const EVENTS: readonly EventName[] = [
  "started",
  "updated",
  "stage",
  "completed",
  "failed",
  "cancelRequested",
  "cancelled",
  "skipped",
  "paused",
  "resumed",
  "stalled",
  "recovered",
];

it("they are ordered from the coarsest to the finest", () => {
  expect(GRANULARITIES).toEqual(["basic", "standard", "detailed", "verbose"]);
});

it.each([
  ["basic", []],
  ["standard", ["update"]],
  ["detailed", ["update", "message", "stage"]],
  ["verbose", ["update", "message", "stage", "level"]],
] as const)("%s emits %j", (granularity, details) => {
  expect(DETAILS.filter((detail) => emits(granularity, detail))).toEqual(details);
});

it.each([
  ["basic", ["updated", "stage"], EVENTS],
  ["standard", ["stage"], EVENTS],
  ["detailed", [], EVENTS],
  ["verbose", [], []],
] as const)(
  "%s tells of all events of an operation but %j, and of a level of all but %j",
  (granularity, own, levels) => {
    expect(EVENTS.filter((event) => !tells(granularity, event, false))).toEqual(own);
    expect(EVENTS.filter((event) => !tells(granularity, event, true))).toEqual(levels);
  },
);

it("each tells and emits what the coarser ones do", () => {
  GRANULARITIES.slice(1).forEach((finer, index) => {
    const coarser = GRANULARITIES[index]!;
    for (const detail of DETAILS) if (emits(coarser, detail)) expect(emits(finer, detail)).toBe(true);
    for (const event of EVENTS)
      for (const ofLevel of [false, true])
        if (tells(coarser, event, ofLevel)) expect(tells(finer, event, ofLevel)).toBe(true);
  });
});
