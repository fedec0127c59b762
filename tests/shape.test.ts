import { expect, it } from "vitest";
import {
  type Check,
  flag,
  like,
  listOf,
  maybe,
  moment,
  object,
  percentage,
  positive,
  shaped,
  text,
  whole,
} from "../src/shape.js";

const VALUES = { undefined, null: null, true: true, false: false, "0": 0, "1": 1, "1.5": 1.5, "-1": -1, "101": 101 };
const MORE = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, "''": "", "'ab'": "ab", "{}": {}, "[]": [] };

const CHECKS: [name: string, check: Check, passing: string[]][] = [
  ["a text", text, ["''", "'ab'"]],
  ["a flag that is set", flag, ["true"]],
  ["an object", object, ["{}", "[]"]],
  ["a moment", moment, ["0", "1", "1.5", "-1", "101"]],
  ["a percentage", percentage, ["0", "1", "1.5"]],
  ["a whole number", whole, ["0", "1", "101"]],
  ["a positive number", positive, ["1", "101"]],
  ["a text like another", like(/^a/), ["'ab'"]],
  ["one that may be missing", maybe(flag), ["undefined", "true"]],
  ["a list", listOf(text), ["[]"]],
  ["of no parts", shaped<object>({}), ["{}", "[]"]],
];

it.each(CHECKS)("of all values, %s is found", (_name, check, passing) => {
  const passed = Object.entries({ ...VALUES, ...MORE }).filter(([, value]) => check(value));
  expect(passed.map(([name]) => name).sort()).toEqual([...passing].sort());
});

it("moments are those that a Date can hold", () => {
  expect([8.64e15, -8.64e15, 8.64e15 + 1].map(moment)).toEqual([true, true, false]);
});

it("every item of a list, and every part of an object, must pass; others do not matter", () => {
  expect(
    [
      ["a", "b"],
      ["a", 1],
    ].map(listOf(text)),
  ).toEqual([true, false]);
  const named = shaped<{ name: string; size: number }>({ name: text, size: maybe(whole) });
  const given = [{ name: "a" }, { name: "a", size: 1, more: null }, { name: "a", size: "1" }, { size: 1 }];
  expect(given.map(named)).toEqual([true, true, false, false]);
});
