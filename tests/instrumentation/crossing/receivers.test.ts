import { describe, expect, it } from "vitest";
import type { OwnedOperation } from "../../../src/contribution-transport.js";
import { Diagnostics } from "../../../src/diagnostics.js";
import { Keys } from "../../../src/instrumentation/crossing/keys.js";
import { MAX_MESSAGE, parseMessage, Receivers } from "../../../src/instrumentation/crossing/receivers.js";

function made() {
  const keys = new Keys();
  const diagnostics = new Diagnostics({ warn() {} });
  const operation = (operationId: string): OwnedOperation => ({
    operationId,
    key: keys.make(operationId),
    receive() {},
    vanished() {},
  });
  return { keys, diagnostics, operation, receivers: new Receivers(keys, diagnostics) };
}

describe("receivers", () => {
  it("find an operation for whoever has its key", () => {
    const { receivers, operation } = made();
    const [a, b] = [operation("a"), operation("b")];
    for (const each of [a, b]) receivers.add(each);
    expect([receivers.find("a", a.key), receivers.find("a", b.key), receivers.find("c", a.key)]).toEqual([
      a,
      undefined,
      undefined,
    ]);
  });

  it("of one id find the present operation, not by the key of the one before", () => {
    const { receivers, operation } = made();
    const [before, now] = [operation("a"), operation("a")];
    receivers.add(before);
    receivers.add(now);
    receivers.remove(before);
    expect([receivers.find("a", before.key), receivers.find("a", now.key)]).toEqual([undefined, now]);
    receivers.remove(now);
    expect(receivers.find("a", now.key)).toBe(undefined);
  });

  it("tell that it is over to those who have a key, and nothing to others; both are counted", () => {
    const { receivers, keys, diagnostics } = made();
    const key = keys.make("a");
    expect(receivers.tooLate("a", key)).toEqual({ version: 1, operationId: "a", key, ended: true, aborted: [] });
    expect(receivers.tooLate("a", "x.y")).toBe(undefined);
    receivers.refuse();
    expect(diagnostics.losses()).toEqual({ late_updates: 1, contributions_refused: 2 });
  });
});

describe("a message", () => {
  it("is a JSON object of bounded length", () => {
    expect(parseMessage('{"a":1}')).toEqual({ a: 1 });
    for (const wrong of ["", "{", "5", "null", '"x"', undefined, {}, `{"a":"${"x".repeat(MAX_MESSAGE)}"}`])
      expect(parseMessage(wrong)).toBe(undefined);
  });
});
