import { expect, it } from "vitest";
import { Frame, Heartbeat, LAST_CHUNK } from "../../src/query/frame.js";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

it("a frame is an event of a stream, one chunk of a body, or a message", () => {
  const frame = new Frame("update", "ab-7", '{"n":"ü"}');
  const stream = 'event: update\nid: ab-7\ndata: {"n":"ü"}\n\n';
  expect(text(frame.bytes("stream"))).toBe(stream);
  // The length is in bytes, in hexadecimal.
  expect(text(frame.bytes("chunked"))).toBe(`29\r\n${stream}\r\n`);
  expect(0x29).toBe(frame.bytes("stream").length);
  expect(JSON.parse(text(frame.bytes("message")))).toEqual({ event: "update", id: "ab-7", data: { n: "ü" } });
});

it("is encoded once in each form, whoever asks", () => {
  const frame = new Frame("snapshot", "ab-1", "{}");
  for (const framing of ["stream", "chunked", "message"] as const)
    expect(frame.bytes(framing)).toBe(frame.bytes(framing));
});

it("a heartbeat is a comment, a chunk with it, or a message that says so", () => {
  const heartbeat = new Heartbeat();
  expect(text(heartbeat.bytes("stream"))).toBe(":\n\n");
  expect(text(heartbeat.bytes("chunked"))).toBe("3\r\n:\n\n\r\n");
  expect(JSON.parse(text(heartbeat.bytes("message")))).toEqual({ event: "heartbeat" });
  expect(text(LAST_CHUNK)).toBe("0\r\n\r\n");
});
