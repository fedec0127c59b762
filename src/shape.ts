// Checks of what comes from outside, from files above all: whether a value is of a shape. Made of each other.

import { isCount } from "./state/cell.js";

export type Check = (value: unknown) => boolean;

/** Milliseconds a Date can hold. */
const MOST_MILLIS = 8.64e15;

export const text: Check = (value) => typeof value === "string";
export const flag: Check = (value) => value === true;
export const object: Check = (value) => typeof value === "object" && value !== null;
export const moment: Check = (value) => typeof value === "number" && Math.abs(value) <= MOST_MILLIS;
export const percentage: Check = (value) => typeof value === "number" && value >= 0 && value <= 100;
export const whole: Check = (value) => Number.isSafeInteger(value) && isCount(value);
export const positive: Check = (value) => whole(value) && value !== 0;

export const like =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === "string" && pattern.test(value);

export const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

/** Every part as it must be; what else there is does not matter. */
export const shaped =
  <T>(checks: Readonly<Record<keyof T, Check>>): Check =>
  (value) =>
    object(value) &&
    Object.entries<Check>(checks).every(([name, check]) => check((value as Readonly<Record<string, unknown>>)[name]));
