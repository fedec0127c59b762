import fc from "fast-check";
import { expect, it } from "vitest";
import { cancelMessage, readMessage } from "../../src/redis/messages.js";

it("a request to cancel arrives as it was sent", () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (id, reason) => {
      expect(readMessage(cancelMessage(id, reason))).toEqual({ cancel: id, ...(reason !== undefined && { reason }) });
    }),
  );
});

it.each(["", "{", "null", "3", "[]", "{}", '{"cancel":3}', '{"cancel":"a","reason":4}'])(
  "is no message: %s",
  (json) => {
    expect(readMessage(json)).toBe(undefined);
  },
);
