import { expect, test } from "vitest";
import { MAX_BODY_BYTES, readReason } from "../../src/query/request-body.js";

const JSON_TYPE = { "content-type": "application/json" };
const post = (body: BodyInit | null, headers: Record<string, string> = JSON_TYPE) =>
  readReason(new Request("http://localhost/", { method: "POST", body, headers, duplex: "half" } as RequestInit));

test("a reason is read; none is none", async () => {
  expect(await post('{"reason":"no longer needed"}')).toBe("no longer needed");
  expect(await post('{"reason":"ü"}', { "content-type": "application/json; charset=utf-8" })).toBe("ü");
  expect(await post("{}")).toBeUndefined();
  expect(await post("")).toBeUndefined();
  expect(await post(null, {})).toBeUndefined();
});

test.each<[string, Record<string, string>, string, string]>([
  ['{"reason":"x"}', { "content-type": "text/plain" }, "unsupported-media-type", ""],
  ["reason=x", { "content-type": "application/x-www-form-urlencoded" }, "unsupported-media-type", ""],
  ['{"reason":"x"}', { "content-type": "application/jsonx" }, "unsupported-media-type", ""],
  ["", { "content-type": "application/x-www-form-urlencoded" }, "unsupported-media-type", ""],
  ["{", JSON_TYPE, "invalid-body", "expected JSON"],
  ["[]", JSON_TYPE, "invalid-body", 'expected an object such as {"reason": "no longer needed"}'],
  ["null", JSON_TYPE, "invalid-body", 'expected an object such as {"reason": "no longer needed"}'],
  ['{"reason":5}', JSON_TYPE, "invalid-body", "reason: expected text of at most 1024 characters"],
  ['{"reason":null}', JSON_TYPE, "invalid-body", "reason: expected text of at most 1024 characters"],
  [`{"reason":"${"x".repeat(1025)}"}`, JSON_TYPE, "invalid-body", "reason: expected text of at most 1024 characters"],
  ['{"force":true}', JSON_TYPE, "invalid-body", "only reason is known here"],
  ['{"__proto__":{}}', JSON_TYPE, "invalid-body", "only reason is known here"],
  ["x".repeat(MAX_BODY_BYTES + 1), JSON_TYPE, "body-too-large", ""],
])("%.40s (%j) is refused: %s %s", async (body, headers, code, message) => {
  await expect(post(body, headers)).rejects.toMatchObject({ code, message });
});

test("an announced length is believed before anything is read", async () => {
  let read = 0;
  const body = new ReadableStream({ pull: () => void read++ }, { highWaterMark: 0 });
  await expect(post(body, { ...JSON_TYPE, "content-length": "99999999" })).rejects.toMatchObject({
    code: "body-too-large",
  });
  expect(read).toBe(0);
});

test("an endless body is read no further than it may be long", async () => {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1000;
      controller.enqueue(new Uint8Array(1000).fill(32));
    },
  });
  await expect(post(body)).rejects.toMatchObject({ code: "body-too-large" });
  expect(sent).toBeLessThan(20_000);
});

test("bytes that are no text are refused, also a character that is cut off", async () => {
  await expect(post(Uint8Array.of(0xff))).rejects.toMatchObject({ code: "invalid-body", message: "expected UTF-8" });
  await expect(post(Uint8Array.of(0xc3))).rejects.toMatchObject({ code: "invalid-body", message: "expected UTF-8" });
});
