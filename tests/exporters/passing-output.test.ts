import { afterEach, describe, expect, test, vi } from "vitest";
import { PassingOutput } from "../../src/exporters/passing-output.js";

/** What happens, in order: writes to the stream, and the bars going (-), coming (+) or staying away (~). */
function setUp() {
  const log: string[] = [];
  const stream = { write: (chunk: unknown) => log.push(String(chunk)) > 0 } as unknown as NodeJS.WriteStream;
  const original = stream.write;
  const output = new PassingOutput([stream, stream], {
    before: () => log.push("-"),
    after: (lineIsOpen) => log.push(lineIsOpen ? "~" : "+"),
  });
  return { log, stream, original, output };
}

afterEach(() => {
  vi.restoreAllMocks();
});

test("between start and stop the bars make way for what others write", () => {
  const { log, stream, original, output } = setUp();
  stream.write("before\n");
  output.start();
  output.start();
  stream.write("text\n");
  stream.write(Buffer.from("bytes\n"));
  output.stop();
  stream.write("after\n");
  expect(log).toEqual(["before\n", "-", "text\n", "+", "-", "bytes\n", "+", "after\n"]);
  expect(stream.write).toBe(original);
});

test("what is written comes through as it was given, and so does the answer", () => {
  const { output } = setUp();
  const seen: unknown[][] = [];
  const stream = { write: (...given: unknown[]) => seen.push(given) > 1 } as unknown as NodeJS.WriteStream;
  const other = new PassingOutput([stream], { before: () => {}, after: () => {} });
  other.start();
  const done = vi.fn();
  expect(stream.write("68690a", "hex", done)).toBe(false);
  expect(stream.write(Uint8Array.of(10), done)).toBe(true);
  expect(seen).toEqual([
    ["68690a", "hex", done],
    [Uint8Array.of(10), done],
  ]);
  other.stop();
  output.stop();
});

describe("a line that is not complete", () => {
  test("keeps the bars away until it is", () => {
    const { log, stream, output } = setUp();
    output.start();
    stream.write("half ");
    expect(output.lineIsOpen).toBe(true);
    stream.write("line\n");
    expect(output.lineIsOpen).toBe(false);
    expect(log).toEqual(["-", "half ", "~", "-", "line\n", "+"]);
    stream.write("prompt? ");
    output.stop();
    expect(output.lineIsOpen).toBe(false);
  });

  test("is complete also when a colour is switched off behind its end", () => {
    const { stream, output } = setUp();
    output.start();
    stream.write("\u001b[31mred\n\u001b[39m");
    expect(output.lineIsOpen).toBe(false);
    stream.write("open");
    stream.write("\u001b[0m");
    stream.write("");
    stream.write(5 as never);
    expect(output.lineIsOpen).toBe(true);
    stream.write(Buffer.from("é\n\u001b[0m"));
    expect(output.lineIsOpen).toBe(false);
    output.stop();
  });
});

test("a line break counts in whatever encoding it is written", () => {
  const { stream, output } = setUp();
  output.start();
  for (const [text, encoding] of [
    ["680a", "hex"],
    ["aGkK", "base64"],
    ["hi\n", "utf8"],
    ["hi\n", "latin1"],
  ] as const) {
    stream.write("open");
    stream.write(text, encoding);
    expect([encoding, output.lineIsOpen]).toEqual([encoding, false]);
  }
  stream.write("0a\n", "hex");
  stream.write("6868", "hex");
  expect(output.lineIsOpen).toBe(true);
  output.stop();
});

describe("a colour that the application leaves on", () => {
  test("is off for the bars and on again for its next text", () => {
    const { log, stream, output } = setUp();
    output.start();
    stream.write("\u001b[1m\u001b[31mone\n");
    stream.write("two\n");
    stream.write("three\u001b[0m\n");
    stream.write("four\n");
    const on = "\u001b[1m\u001b[31m";
    const off = "\u001b[0m";
    expect(log).toEqual(
      ["-", `${on}one\n`, off, "+", "-", on, "two\n", off, "+"].concat([
        "-",
        on,
        `three${off}\n`,
        "+",
        "-",
        "four\n",
        "+",
      ]),
    );
    output.stop();
  });

  test("is forgotten when it is put together from too much", () => {
    const { log, stream, output } = setUp();
    output.start();
    stream.write(`${"\u001b[31m".repeat(100)}\n`);
    stream.write("two\n");
    expect(log.slice(-3)).toEqual(["-", "two\n", "+"]);
    output.stop();
  });
});

test("what the bars write themselves goes through as it is, also when it fails", () => {
  const { log, stream, output } = setUp();
  output.start();
  output.own(() => stream.write("bar\n"));
  expect(() =>
    output.own(() => {
      throw new Error("x");
    }),
  ).toThrow("x");
  stream.write("text\n");
  expect(log).toEqual(["bar\n", "-", "text\n", "+"]);
  output.stop();
});

describe("when it stops", () => {
  test("a write function that somebody put over ours stays, and works", () => {
    const { log, stream, output } = setUp();
    output.start();
    const ours = stream.write;
    const theirs = ((chunk: string) => ours.call(stream, `[${chunk}]`)) as NodeJS.WriteStream["write"];
    stream.write = theirs;
    output.stop();
    stream.write("text");
    expect(stream.write).toBe(theirs);
    expect(log).toEqual(["[text]"]);
  });

  test("and is not covered again and again when it starts anew", () => {
    const { log, stream, output } = setUp();
    output.start();
    const ours = stream.write;
    const theirs = ((chunk: string) => ours.call(stream, chunk)) as NodeJS.WriteStream["write"];
    stream.write = theirs;
    for (let round = 0; round < 3; round++) {
      output.stop();
      output.start();
    }
    expect(stream.write).toBe(theirs);
    stream.write("text\n");
    expect(log).toEqual(["-", "text\n", "+"]);
    output.stop();
  });

  test("a write function of the class is the stream's again", () => {
    class Stream {
      write(): boolean {
        return true;
      }
    }
    const stream = new Stream() as unknown as NodeJS.WriteStream;
    const output = new PassingOutput([stream], { before: () => {}, after: () => {} });
    output.start();
    expect(Object.hasOwn(stream, "write")).toBe(true);
    output.stop();
    expect(Object.hasOwn(stream, "write")).toBe(false);
  });
});
