import { expect, it } from "vitest";
import { Keys } from "../../../src/instrumentation/crossing/keys.js";

it("a key fits the operation it was made for, and no other", () => {
  const keys = new Keys();
  const key = keys.make("job");
  expect([keys.fits("job", key), keys.fits("other", key), new Keys().fits("job", key)]).toEqual([true, false, false]);
});

it("every key is another one, and an older one goes on fitting", () => {
  const keys = new Keys();
  const [first, second] = [keys.make("job"), keys.make("job")];
  expect([first === second, keys.fits("job", first), keys.fits("job", second)]).toEqual([false, true, true]);
});

it("nothing that was changed fits, nor what is no key", () => {
  const keys = new Keys();
  const key = keys.make("job");
  const [nonce, digest] = key.split(".");
  const wrong = [
    `x${key}`,
    `${key}AA`,
    `${nonce}x.${digest}`,
    `${nonce}.`,
    nonce,
    "",
    ".",
    key.repeat(3),
    undefined,
    5,
    {},
  ];
  for (const each of wrong) expect([each, keys.fits("job", each)]).toEqual([each, false]);
  expect(keys.fits(undefined, key)).toBe(false);
});
