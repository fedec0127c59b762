import { expect, test } from "vitest";
import type { Attributes, LevelSnapshot, Snapshot } from "../../src/model.js";
import { createRedactor } from "../../src/query/redact.js";
import { snapshotOf } from "./source.js";

const attributes = { user: "ann", size: 3 };
const level = { ...snapshotOf("l"), operationId: "o", attributes } as unknown as LevelSnapshot;
const snapshot = snapshotOf("o", 0, {
  attributes,
  levels: [{ ...level, levels: [level] }],
  stalled: { seconds: 9, waitingOn: [{ name: "GET", elapsedSeconds: 8, attributes }] },
} as Partial<Snapshot>);
const only = (shown: Attributes): Snapshot =>
  ({
    ...snapshot,
    attributes: shown,
    levels: [{ ...level, attributes: shown, levels: [{ ...level, attributes: shown }] }],
    stalled: { seconds: 9, waitingOn: [{ name: "GET", elapsedSeconds: 8, attributes: shown }] },
  }) as unknown as Snapshot;

test("attributes are replaced in the operation, in its levels, and in what it waits on", () => {
  const redact = createRedactor(({ size }) => ({ size }));
  expect(redact(snapshot)).toEqual(only({ size: 3 }));
  expect(snapshot.attributes).toEqual(attributes);
});

test("without a function everything stays, the same object", () => {
  expect(createRedactor(undefined)(snapshot)).toBe(snapshot);
});

test("a function that throws, or gives nothing, lets nothing out", () => {
  const throws = createRedactor(() => {
    throw new Error("oops");
  });
  expect(throws(snapshot)).toEqual(only({}));
  expect(createRedactor(() => undefined as unknown as Attributes)(snapshot)).toEqual(only({}));
});
