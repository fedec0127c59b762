import { expect, test } from "vitest";
import { PassingOutput } from "../../src/exporters/passing-output.js";

/** What happens, in order: writes to the stream, and the bars going and coming. */
function setUp() {
  const log: string[] = [];
  const stream = { write: (chunk: unknown) => log.push(String(chunk)) > 0 } as unknown as NodeJS.WriteStream;
  const original = stream.write;
  const output = new PassingOutput([stream, stream], { before: () => log.push("-"), after: () => log.push("+") });
  return { log, stream, original, output };
}

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

test("the bars come back when the line is complete", () => {
  const { log, stream, output } = setUp();
  output.start();
  stream.write("half ");
  stream.write("line\n");
  stream.write(5 as never);
  expect(log).toEqual(["-", "half ", "-", "line\n", "+", "-", "5"]);
  output.stop();
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
