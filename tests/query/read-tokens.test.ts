import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkReadToken,
  checkSecret,
  createReadToken,
  fromBase64Url,
  looksLikeReadToken,
  toBase64Url,
} from "../../src/query/read-tokens.js";

const SECRET = "a secret of some length";
const NOW = Date.UTC(2026, 0, 1);

describe("a read token", () => {
  test("names its operation until it expires", async () => {
    const token = await createReadToken(SECRET, "job 1/ü", { expiresIn: "10m", now: NOW });
    expect(looksLikeReadToken(token)).toBe(true);
    const expiresAt = NOW / 1000 + 600;
    expect(await checkReadToken(SECRET, token, NOW)).toEqual({ ok: true, operationId: "job 1/ü", expiresAt });
    expect(await checkReadToken(SECRET, token, expiresAt * 1000 - 1)).toMatchObject({ ok: true });
    expect(await checkReadToken(SECRET, token, expiresAt * 1000)).toEqual({ ok: false, why: "expired" });
  });

  test("is good for an hour unless told", async () => {
    const before = Math.floor(Date.now() / 1000);
    const check = await checkReadToken(SECRET, await createReadToken(SECRET, "a"));
    expect(check).toMatchObject({ ok: true, operationId: "a" });
    const { expiresAt } = check as { expiresAt: number };
    expect(expiresAt - before).toBeGreaterThanOrEqual(3600);
    expect(expiresAt - before).toBeLessThan(3610);
  });

  test("of another secret is forged", async () => {
    const token = await createReadToken("some other secret", "a", { now: NOW });
    expect(await checkReadToken(SECRET, token, NOW)).toEqual({ ok: false, why: "forged" });
  });

  test("is worth nothing with any character changed", async () => {
    const token = await createReadToken(SECRET, "operation", { now: NOW });
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(..."aZ0-_.=+"), async (index, character) => {
        fc.pre(token[index] !== character);
        const changed = token.slice(0, index) + character + token.slice(index + 1);
        expect(await checkReadToken(SECRET, changed, NOW)).toMatchObject({ ok: false });
      }),
    );
  });

  test("cannot be had by moving the expiry or the operation of one that was given", async () => {
    const token = await createReadToken(SECRET, "mine", { now: NOW });
    const mac = token.split(".")[2]!;
    const payload = toBase64Url(new TextEncoder().encode(JSON.stringify(["other", NOW])));
    expect(await checkReadToken(SECRET, `otp1.${payload}.${mac}`, NOW)).toEqual({ ok: false, why: "forged" });
  });

  test.each([
    "",
    "x",
    "otp1",
    "otp1.",
    "otp1..",
    "otp1.a.b",
    "otp1.YQ.YQ.YQ",
    "otp2.YQ.YQ",
    `otp1.${"YQ".repeat(3000)}.YQ`,
  ])("%j is none", async (text) => {
    expect((await checkReadToken(SECRET, text, NOW)).ok).toBe(false);
  });

  test("is not made with a short secret or for no duration; the secret is not repeated", async () => {
    expect(() => checkSecret("short")).toThrow("readTokenSecret: expected at least 16 characters");
    expect(() => checkSecret(undefined as unknown as string)).toThrow("at least 16");
    await expect(createReadToken("hunter2", "a")).rejects.toThrow(/^(?!.*hunter2)/);
    await expect(createReadToken(SECRET, "a", { expiresIn: "soon" as "1s" })).rejects.toMatchObject({
      code: "INVALID_OPTION",
    });
  });
});

describe("base64url", () => {
  test("gives back what it was given, and has one spelling", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase64Url(bytes);
        if (text !== "") expect(fromBase64Url(text)).toEqual(bytes);
        expect(text).toMatch(/^[\w-]*$/);
      }),
    );
    // The same byte with bits set that mean nothing.
    expect(fromBase64Url("YQ")).toEqual(Uint8Array.of(97));
    expect(fromBase64Url("YR")).toBeUndefined();
    expect(fromBase64Url("Y")).toBeUndefined();
    expect(fromBase64Url("Y Q=")).toBeUndefined();
  });
});
