import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sample } from "../../../src/cli/run/line.js";
import { Recognizer } from "../../../src/cli/run/recognizer.js";

type Said = number | "over";
const encoder = new TextEncoder();
const bytesOf = (text: string | Uint8Array) => (typeof text === "string" ? encoder.encode(text) : text);

/** What is found in chunks, as percentages, and what the line that is not complete says at the end. */
function recognized(...chunks: (string | Uint8Array)[]) {
  const samples: (Sample | "over")[] = [];
  const recognizer = new Recognizer((sample) => samples.push(sample));
  for (const chunk of chunks) recognizer.write(bytesOf(chunk));
  return { samples, rest: recognizer.rest(), isData: recognizer.isData };
}
const said = (...chunks: (string | Uint8Array)[]): Said[] =>
  recognized(...chunks).samples.map((sample) => (sample === "over" ? sample : sample.percentage));

describe("lines", () => {
  it("end with a line feed, a carriage return, a backspace, or a movement of the cursor", () => {
    expect(said("10%\n20%\r\n30%\r40%\b\b\b50%\u001b[1G60%\u001b[2K70%\u001b[A")).toEqual([10, 20, 30, 40, 50, 60, 70]);
  });

  it("are told when they are complete; what is not yet can be asked for", () => {
    const recognizer = new Recognizer((sample) => samples.push(sample));
    const samples: unknown[] = [];
    recognizer.write(bytesOf("\rat 4"));
    expect(recognizer.rest()).toBeUndefined();
    recognizer.write(bytesOf("5%"));
    expect([recognizer.rest()?.percentage, recognizer.rest()?.percentage]).toEqual([45, 45]);
    expect(samples).toEqual([]);
    recognizer.write(bytesOf(" (9/20)\n"));
    expect(samples).toEqual([{ percentage: 45, current: 9, total: 20, label: "at" }]);
    expect(recognizer.rest()).toBeUndefined();
  });

  it("keep what colours, links and titles are written in them", () => {
    expect(said("\u001b[1;32m4\u001b[0m5\u001b[3m%\u001b[0m\n")).toEqual([45]);
    expect(said("\u001b]0;title 12%\u000745%\n\u001b]8;;http://x/3%\u001b\\46%\n")).toEqual([45, 46]);
    expect(said("\u001b(B45%\u001b7\n\u001bP1$r\u001b\\46%\n")).toEqual([45, 46]);
  });

  it("that are too long are read as far as they are kept", () => {
    const long = " ".repeat(2_000);
    expect(said(`45%${long}\n${long}46%\n47%\n`)).toEqual([45, 47]);
  });

  it("that are no text are not read", () => {
    const [broken, controls] = [new Uint8Array([0xff, 0xfe]), "\u0001"];
    expect(said(broken, " 45%\n", controls, " 46%\n47%\n")).toEqual([47]);
  });

  it("are not looked for any more once there was a NUL: then it is data", () => {
    expect(recognized("45%\n\u000046%\n47%\n")).toMatchObject({ samples: [{ percentage: 45 }], isData: true });
  });

  it("that were begun when bytes were left out are given up", () => {
    const samples: unknown[] = [];
    const recognizer = new Recognizer((sample) => samples.push(sample));
    recognizer.write(bytesOf("\u001b]9;4;1"));
    recognizer.skipped();
    recognizer.write(bytesOf("5%\n45%\n"));
    expect(samples).toEqual([{ percentage: 45 }]);
  });
});

describe("a number in the midst of words", () => {
  it("is progress when it grows, and from then on", () => {
    expect(said("at 40% now\nat 40% now\nat 50% now\nat 45% now\nat 0% now\n")).toEqual([50, 45, 0]);
    expect(said("1/4 a\n1/4 b\n2/4 c\n3/5 d\n4/4 e\n5/5 f\n")).toEqual([50, 100, 100]);
  });

  it("is none when it stands there once, or beside other words", () => {
    expect(said("disk usage: 45%\nmemory usage: 50%\nattempt (1/3) failed\r\npage 2 of 7\n")).toEqual([]);
  });

  it("is progress at once on a line that is written over, or over another", () => {
    expect(said("copying 45% now\r\n")).toEqual([]);
    expect(said("copying 45% now\rcopying 46% now\n")).toEqual([45, 46]);
    expect(said("copying 45% now\bx\n", "at 46%\u001b[1Gx\n")).toEqual([45, 46]);
    expect(said("\r\u001b[Kcopying 45% now\n", "at 46%\u001b[K\n")).toEqual([45]);
    expect(recognized("\rcopying 45% now").rest?.percentage).toBe(45);
    expect(recognized("copying 45% now\r").rest?.percentage).toBe(45);
  });

  it("that is not complete is judged like any other", () => {
    expect(recognized("1/4").rest).toBeUndefined();
    expect(recognized("1/4\n2/4").rest?.percentage).toBe(50);
  });
});

describe("OSC 9;4", () => {
  it.each([
    ["\u001b]9;4;1;45\u0007", 45],
    ["\u001b]9;4;1;45\u001b\\", 45],
    ["\u001b]9;4;2;45\u0007", 45],
    ["\u001b]9;4;4;45\u0007", 45],
    ["\u001b]9;4;1;100\u0007", 100],
    ["\u001b]9;4;0\u0007", "over"],
    ["\u001b]9;4;0;\u0007", "over"],
    ["\u001b]9;4;0;0\u0007", "over"],
  ])("%j says %s", (text, expected) => {
    expect(said(text)).toEqual([expected]);
  });

  it.each([
    "\u001b]9;4;3\u0007",
    "\u001b]9;4;3;0\u0007",
    "\u001b]9;4;1;101\u0007",
    "\u001b]9;4;1\u0007",
    "\u001b]9;45\u0007",
    "\u001b]9;done\u0007",
    "\u001b]9;4;1;45\n",
  ])("%j says nothing", (text) => {
    expect(said(text)).toEqual([]);
  });

  it("is what counts from then on: the text beside it only shows the same", () => {
    expect(said("44%\n\u001b]9;4;1;45\u000746%\n\u001b]9;4;1;47\u0007")).toEqual([44, 45, 47]);
  });

  it("that is never ended does not swallow what follows", () => {
    expect(said(`\u001b]9;4;1;45${"x".repeat(5_000)}\n46%\n`)).toEqual([46]);
    expect(said("\u001b]9;4;1;45\u001b[1m\n46%\n")).toEqual([45]);
  });
});

/** Text that is full of what matters, and any bytes. */
const piece = fc.oneof(
  fc.constantFrom(
    "\n",
    "\r",
    "\b",
    "\u001b",
    "\u001b[2K",
    "\u001b[32m",
    "\u001b]9;4;1;",
    "\u0007",
    "\u001b\\",
    "%",
    "/",
    " of ",
    "[",
    "]",
    "(",
    ")",
    " ",
    ":",
    "é",
    "█",
    "日本",
    "😀",
  ),
  fc.nat(120).map(String),
  fc.constantFrom("Receiving objects: ", "45%", "[3/10]", "3 of 10", "1/4", "2/4"),
);
const output = fc.oneof(
  { weight: 4, arbitrary: fc.array(piece, { maxLength: 80 }).map((pieces) => encoder.encode(pieces.join(""))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
);

describe("for any output", () => {
  it("what is found does not depend on how it was cut", () => {
    const property = fc.property(output, fc.array(fc.nat(200), { maxLength: 20 }), (bytes, cuts) => {
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(recognized(...chunks)).toEqual(recognized(bytes));
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it("what is found is from 0 to 100, and counts agree with it", () => {
    const property = fc.property(output, (bytes) => {
      for (const sample of recognized(bytes).samples) {
        if (sample === "over") continue;
        expect(sample.percentage >= 0 && sample.percentage <= 100).toBe(true);
        if (sample.total !== undefined) expect((sample.current! / sample.total) * 100).toBe(sample.percentage);
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it("every percentage on a line of its own is found", () => {
    const property = fc.property(fc.array(fc.nat(100), { maxLength: 50 }), (percentages) => {
      expect(
        said(
          percentages
            .map((percentage) => `\r${percentage}%`)
            .join("")
            .concat("\n"),
        ),
      ).toEqual(percentages);
    });
    fc.assert(property);
  });
});
