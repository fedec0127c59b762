// How much of what happens is emitted. It never changes what the live state knows.

import type { EventName } from "./model.js";

export type Granularity = "basic" | "standard" | "detailed" | "verbose";

/** From the coarsest to the finest; each emits what the ones before it do. */
export const GRANULARITIES: readonly Granularity[] = ["basic", "standard", "detailed", "verbose"];

/** What is emitted, by the coarsest granularity that has it; what is not named here belongs to `basic`. */
export type Detail = "update" | "message" | "stage" | "level";
const NEEDS: Readonly<Record<Detail, Granularity>> = {
  update: "standard",
  message: "detailed",
  stage: "detailed",
  level: "verbose",
};

/** Whether something of that detail is emitted. */
export function emits(granularity: Granularity, detail: Detail): boolean {
  return GRANULARITIES.indexOf(granularity) >= GRANULARITIES.indexOf(NEEDS[detail]);
}

/** Whether an event is told. Those of levels are one detail more, those of stages' levels too. */
export function tells(granularity: Granularity, event: EventName, ofLevel: boolean): boolean {
  if (ofLevel && !emits(granularity, "level")) return false;
  if (event === "updated") return emits(granularity, "update");
  return event !== "stage" || emits(granularity, "stage");
}
