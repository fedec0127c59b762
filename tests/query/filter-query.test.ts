import fc from "fast-check";
import { expect, it } from "vitest";
import type { Filter, Status } from "../../src/model.js";
import { queryOf } from "../../src/query/filter-query.js";
import { FILTER_NAMES, filterOf, parametersOf, STATUSES } from "../../src/query/filters.js";

const readBack = (filter: Filter) => filterOf(parametersOf(new URLSearchParams(`${queryOf(filter)}`), FILTER_NAMES));

it("a filter is read by the server as it was meant", () => {
  const text = fc.string({ minLength: 1, maxLength: 50, unit: "grapheme" });
  const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
  const filter = fc.record({
    id: maybe(text),
    status: maybe(fc.uniqueArray(fc.constantFrom<Status>(...STATUSES), { minLength: 1 })),
    type: maybe(text),
    text: maybe(text),
    since: maybe(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })),
    until: maybe(fc.constantFrom("2026-01-31", "2026-01-31T08:00:00+02:00", "31 January 2026 08:00 UTC")),
    parentId: maybe(fc.oneof(fc.constant(null), text)),
  });
  fc.assert(
    fc.property(filter, (given) => {
      const times = [given.since, given.until].map((time) => time && new Date(time).toISOString());
      const all = { ...given, since: times[0], until: times[1] };
      const meant = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      expect(readBack(given)).toEqual(meant);
    }),
  );
});

it("nothing is asked for by nothing, and what is no date is left for the server to refuse", () => {
  expect(`${queryOf({})}`).toBe("");
  expect(`${queryOf({ since: "soon", until: new Date(Number.NaN) })}`).toBe("since=soon&until=Invalid+Date");
});
