import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventParser, type ServerEvent } from "../../src/query/event-parser.js";

const parse = (...pieces: string[]): ServerEvent[] => {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece));
};
const message = (data: string, id?: string) => ({ event: "message", data, id });

describe("an event", () => {
  it("has a name, data and an id, and ends with an empty line", () => {
    expect(parse('event: update\nid: ab-7\ndata: {"a":1}\n\n')).toEqual([
      { event: "update", data: '{"a":1}', id: "ab-7" },
    ]);
    expect(parse("event: update\nid: ab-7\ndata: x\n")).toEqual([]);
  });

  it("of several lines of data is one text, of one space after the colon nothing is left", () => {
    expect(parse("data: a\ndata:b\ndata:  c\ndata\ndata:\n\n")).toEqual([message("a\nb\n c\n\n")]);
    expect(parse("data\n\n")).toEqual([message("")]);
  });

  it("without data is none, and its name is forgotten", () => {
    expect(parse("event: update\n\ndata: x\n\n")).toEqual([message("x")]);
  });

  it("without an id has the one before; an empty one clears it; one with a zero character is ignored", () => {
    expect(parse("id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n")).toEqual([
      message("a", "1"),
      message("b", "1"),
      message("c", "1"),
      message("d", ""),
    ]);
  });

  it("ends lines with any of the three line ends, mixed", () => {
    expect(parse("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n")).toEqual(
      ["a", "b", "c", "d"].map((data) => message(data)),
    );
  });
});

it("comments and unknown fields are skipped, and the time to wait is kept when it is a number", () => {
  const parser = new EventParser();
  expect(parser.push(":\n\n: hello\nfoo: bar\nretry: 1500\nretry: 1e3\nretry: -1\ndata: a\n\n")).toEqual([
    message("a"),
  ]);
  expect(parser.retryMillis).toBe(1500);
});

it("heartbeats without number do not add up to an event that is too long", () => {
  const parser = new EventParser();
  const beats = `:${" ".repeat(2 ** 20)}\n`.repeat(16);
  for (let n = 0; n < 40; n++) parser.push(beats);
  expect(parser.push("data: a\n\n")).toEqual([message("a")]);
}, 30_000);

it("an event without an end is refused before it fills the memory", () => {
  const parser = new EventParser();
  const piece = "x".repeat(2 ** 24);
  expect(() => {
    for (let n = 0; n < 17; n++) parser.push(piece);
  }).toThrow("an event of the stream is too long");
});

it("however the text is cut, the events are the same", () => {
  const line = fc.oneof(
    fc.constantFrom("", "data: x", "data", ": beat", "event: update", "id: 1", "id", "retry: 5", "data: ü\u{1f600}"),
    fc.string().map((text) => text.replaceAll(/[\r\n]/g, " ")),
  );
  const end = fc.constantFrom("\n", "\r", "\r\n");
  const whole = fc.array(fc.tuple(line, end), { maxLength: 20 }).map((lines) => lines.flat().join(""));
  fc.assert(
    fc.property(whole, fc.array(fc.nat(50), { maxLength: 20 }), (text, cuts) => {
      const pieces: string[] = [];
      let at = 0;
      for (const cut of cuts) pieces.push(text.slice(at, (at += cut)));
      pieces.push(text.slice(at));
      expect(parse(...pieces)).toEqual(parse(text));
    }),
    { numRuns: 2_000 },
  );
});
