import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  homeOf,
  Keys,
  operationName,
  PARTITIONS,
  partitionOf,
  readOperationName,
  SCHEMA_VERSION,
} from "../../src/redis/schema.js";

const tagOf = (key: string) => /\{([^}]*)\}/.exec(key)?.[1];

describe("keys", () => {
  it("of an instance are in the slot of its partition, whatever its id is", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (id) => {
        const keys = new Keys("fleet");
        const home = homeOf(id);
        const own = Object.values(keys.instance(home));
        const shared = Object.values(keys.partition(partitionOf(home)));
        expect(new Set([...own, ...shared].map(tagOf))).toEqual(new Set([String(partitionOf(home))]));
      }),
    );
  });

  it("name the prefix and the version, and no two are the same", () => {
    const keys = new Keys("a:b");
    const all = [keys.instance("i"), keys.instance("j"), keys.partition(3)].flatMap((some) => Object.values(some));
    expect(all.every((key) => key.startsWith(`a:b:${SCHEMA_VERSION}:{`))).toBe(true);
    expect(new Set(all).size).toBe(all.length);
    expect(keys.versions).toBe("a:b:versions");
  });

  it("spread instances evenly: none of the partitions gets twice its share of many", () => {
    const counts = new Array<number>(PARTITIONS).fill(0);
    for (let n = 0; n < 16_000; n++) counts[partitionOf(n.toString(16).padStart(16, "7"))]!++;
    expect(Math.min(...counts)).toBeGreaterThan(500);
    expect(Math.max(...counts)).toBeLessThan(2_000);
  });
});

it("the name of an operation says which instance has it and what its id is, whatever is in them", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (instance, id) => {
      const home = homeOf(instance);
      expect(readOperationName(operationName(home, id))).toEqual({ home, id });
    }),
  );
});
