import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FILTER_NAMES,
  filterOf,
  levelsOf,
  limitOf,
  oneOf,
  parametersOf,
  STATUSES,
  sortOf,
} from "../../src/query/filters.js";
import { RequestProblem } from "../../src/query/problem.js";

const KNOWN = [...FILTER_NAMES, "sort", "limit", "levels"];
const read = (query: string) => parametersOf(new URLSearchParams(query), KNOWN);
const filter = (query: string) => filterOf(read(query));

describe("a filter", () => {
  test("is read from every parameter", () => {
    const query =
      "id=a&status=running,failed&type=import&text=x%20y&since=2026-01-01T00:00:00Z&until=2026-01-02T01:00:00%2B01:00&parent=p";
    expect(filter(query)).toEqual({
      id: "a",
      status: ["running", "failed"],
      type: "import",
      text: "x y",
      since: "2026-01-01T00:00:00.000Z",
      until: "2026-01-02T00:00:00.000Z",
      parentId: "p",
    });
  });

  test("has nothing that was not asked", () => {
    expect(filter("")).toEqual({});
    expect(filter("token=secret")).toEqual({});
  });

  test("with an empty parent means those that have none", () => {
    expect(filter("parent=")).toEqual({ parentId: null });
  });

  test("that is empty is given on as it is: what it means is for the source to say", () => {
    expect(filter("status=&type=&text=&id=")).toEqual({ status: [], type: "", text: "", id: "" });
  });

  test("forgives a plus that was not escaped in a time, and a status named twice", () => {
    expect(filter("since=2026-01-01T00:00:00+01:00")).toEqual({ since: "2025-12-31T23:00:00.000Z" });
    expect(filter("status=lost,lost")).toEqual({ status: ["lost"] });
  });

  test.each([
    [
      "status=running,done",
      'status: expected one or more of pending, running, paused, completed, failed, cancelled, lost, separated by commas, received "done"',
    ],
    [`text=${"x".repeat(1025)}`, "text: expected at most 1024 characters, received 1025"],
    ["since=yesterday", 'since: expected a time such as "2026-01-31T08:00:00Z", received "yesterday"'],
    [
      "since=2026-13-01T00:00:00Z",
      'since: expected a time such as "2026-01-31T08:00:00Z", received "2026-13-01T00:00:00Z"',
    ],
    ["until=2026-01-01", 'until: expected a time such as "2026-01-31T08:00:00Z", received "2026-01-01"'],
    ["id=a&id=b", "id: given more than once; several values are separated by commas"],
    ["color=red", "color: known here are id, status, type, text, since, until, parent, sort, limit, levels"],
    ["__proto__=1", "__proto__: known here are id, status, type, text, since, until, parent, sort, limit, levels"],
  ])("%s is refused in words", (query, message) => {
    expect(() => filter(query)).toThrow(message);
  });

  test("is read or refused by name, whatever comes", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...KNOWN, "x"), fc.string()), (pairs) => {
        const query = new URLSearchParams(pairs);
        try {
          const { status = [] } = filterOf(parametersOf(query, KNOWN));
          expect(status.every((one) => STATUSES.includes(one))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(RequestProblem);
          expect(Object.keys(pairs)).toContain((error as RequestProblem).parameter);
        }
      }),
    );
  });
});

describe("the other parameters", () => {
  test("have defaults", () => {
    expect([sortOf(read("")), limitOf(read("")), levelsOf(read(""))]).toEqual(["started", 100, false]);
    expect([sortOf(read("sort=duration")), limitOf(read("limit=1000")), levelsOf(read("levels=tree"))]).toEqual([
      "duration",
      1000,
      true,
    ]);
  });

  test.each(["0", "1001", "-1", "1.5", "1e2", "ten", "", "0x10", " 1", "99999999"])(
    "a limit of %j is refused",
    (limit) => {
      expect(() => limitOf(read(`limit=${encodeURIComponent(limit)}`))).toThrow(
        "limit: expected a whole number from 1 to 1000",
      );
    },
  );

  test("are refused by what was expected and what came", () => {
    expect(() => sortOf(read("sort=name"))).toThrow('sort: expected started or updated or duration, received "name"');
    expect(() => levelsOf(read("levels=all"))).toThrow('levels: expected none or tree, received "all"');
    expect(oneOf(new Map(), "format", ["a"])).toBeUndefined();
  });

  test("are none where none are known, and anything where anything goes", () => {
    expect(() => parametersOf(new URLSearchParams("a=1"), [])).toThrow("a: no parameters are known here");
    expect(parametersOf(new URLSearchParams("a=1&a=2"), "any")).toEqual(new Map());
  });

  test("that are long strangers are repeated in part", () => {
    const name = "n".repeat(200);
    expect(() => parametersOf(new URLSearchParams({ [name]: "" }), ["id"])).toThrow(
      `${"n".repeat(60)}…: known here are id`,
    );
  });
});
