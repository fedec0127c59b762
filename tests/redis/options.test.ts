import { expect, it } from "vitest";
import { createRedisExporter, createRedisSource, type RedisExporterOptions } from "../../src/redis/index.js";
import { countOf, millisOf, readFleet } from "../../src/redis/options.js";

it("has defaults, and renews a lease five times in its length", () => {
  expect(readFleet({})).toMatchObject({ prefix: "otel-progress", leaseMillis: 10_000, beatMillis: 2_000 });
  expect(readFleet({ prefix: "a:b", lease: "1m" })).toMatchObject({ prefix: "a:b", beatMillis: 12_000 });
});

it.each(["", "a b", "a{b}", "x".repeat(201), 3])("refuses the prefix %j", (prefix) => {
  expect(() => readFleet({ prefix: prefix as string })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

it("refuses durations and counts outside of their limits, by name", () => {
  expect(millisOf("lease", "2s", 1_000, 5_000)).toBe(2_000);
  expect(() => millisOf("lease", "6s", 1_000, 5_000)).toThrow(/lease/);
  expect(() => millisOf("lease", "soon" as "1s", 0, 5_000)).toThrow(/lease/);
  expect(countOf("levels", 3, 0, 5)).toBe(3);
  for (const wrong of [-1, 6, 1.5, Number.NaN]) expect(() => countOf("levels", wrong, 0, 5)).toThrow(/levels/);
});

const client = { sendCommand: async () => undefined };
const WRONG: Partial<RedisExporterOptions>[] = [
  { lease: "500ms" },
  { lease: "2h" },
  { interval: "2001ms" },
  { interval: "300ms", lease: "1s" },
  { levels: -1 },
  { historyCount: 1.5 },
  { historyAge: 0 },
  { handover: "2d" },
  { handover: "2m", historyAge: "1m" },
  { prefix: "" },
  { client: {} as never },
  { client: undefined as never },
];

it.each(WRONG)("an exporter refuses %j when it is made", (options) => {
  expect(() => createRedisExporter({ client, ...options } as RedisExporterOptions)).toThrow(
    expect.objectContaining({ code: "INVALID_OPTION" }),
  );
});

it("a short lease is renewed in time, and a short history holds what is handed over, without another word", () => {
  expect(createRedisExporter({ client, lease: "1s", historyAge: "1s" })).toBeDefined();
});

it("a source refuses what it cannot work with when it is made", () => {
  for (const options of [{ pollInterval: 0 }, { timeout: "never" as "1s" }, { client: {} as never }])
    expect(() => createRedisSource({ client, ...options })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
});
