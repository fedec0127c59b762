import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { isBusy, readLines, writeLine } from "../../../src/instrumentation/crossing/lines.js";

function reading() {
  const socket = new PassThrough();
  const heard: unknown[] = [];
  let refused = 0;
  readLines(
    socket as never,
    (message) => heard.push(message),
    () => {
      refused++;
    },
  );
  return { socket, heard, refused: () => refused };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("lines", () => {
  it("are messages, however they are cut on the way", async () => {
    const { socket, heard } = reading();
    const text = '{"a":"é"}\n{"b":2}\n{"c":3}\n';
    const bytes = Buffer.from(text);
    for (const [from, to] of [
      [0, 7],
      [7, 8],
      [8, 22],
      [22, bytes.length],
    ])
      socket.write(bytes.subarray(from, to));
    await turn();
    expect(heard).toEqual([{ a: "é" }, { b: 2 }, { c: 3 }]);
  });

  it("after one that is none nothing is heard", async () => {
    const { socket, heard, refused } = reading();
    socket.write('{"a":1}\nx\n{"b":2}\n');
    socket.write('{"c":3}\n');
    await turn();
    expect([heard, refused()]).toEqual([[{ a: 1 }], 1]);
  });

  it("without an end are given up, and do not fill the memory", async () => {
    const { socket, heard, refused } = reading();
    for (let n = 0; n < 40; n++) socket.write("x".repeat(65_536));
    await turn();
    expect([heard, refused()]).toEqual([[], 1]);
  });

  it("are written while there is somebody to write to, and wait while he is slow", () => {
    const socket = new PassThrough({ writableHighWaterMark: 1, readableHighWaterMark: 1 });
    expect(isBusy(socket as never)).toBe(false);
    writeLine(socket as never, { a: 1 });
    writeLine(socket as never, { a: 2 });
    expect(isBusy(socket as never)).toBe(true);
    socket.destroy();
    writeLine(socket as never, { a: 3 });
  });
});
