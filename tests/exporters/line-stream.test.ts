import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { LineStream } from "../../src/exporters/line-stream.js";

/** Lets the callbacks and events of streams come, and what follows them. */
async function turn(): Promise<void> {
  for (let count = 0; count < 2; count++) await new Promise((resolve) => setImmediate(resolve));
}
const broken = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });

test("one line is one write", () => {
  const written: string[] = [];
  const lines = new LineStream({ write: (text) => written.push(text) });
  lines.write("a");
  lines.write("b");
  expect(written).toEqual(["a\n", "b\n"]);
});

test("a closed pipe ends the writing and nothing else", async () => {
  let writes = 0;
  const pipe = new Writable({
    write(_chunk, _encoding, done) {
      writes++;
      done(broken);
    },
  });
  const lines = new LineStream(pipe);
  lines.write("a");
  await turn();
  lines.write("b");
  await turn();
  expect([writes, lines.ready]).toEqual([1, true]);
});

test("several lines that fail in one turn disturb nothing", async () => {
  // As process.stdout: it lives on after an error, and emits one for each write.
  const pipe = new Writable({ autoDestroy: false, write: (_chunk, _encoding, done) => done(broken) });
  const lines = new LineStream(pipe);
  lines.write("a");
  lines.write("b");
  await turn();
  expect(pipe.listenerCount("error")).toBe(0);
});

test("errors of the application's own writes stay its own: nothing listens once a line is written", async () => {
  const pipe = new PassThrough();
  const lines = new LineStream(pipe);
  lines.write("a");
  lines.write("b");
  expect(pipe.listenerCount("error")).toBe(1);
  await turn();
  expect(pipe.listenerCount("error")).toBe(0);
});

test("a stream that was ended or destroyed is written to no more", async () => {
  for (const close of [(pipe: PassThrough) => pipe.end(), (pipe: PassThrough) => pipe.destroy()]) {
    const pipe = new PassThrough();
    close(pipe);
    const lines = new LineStream(pipe);
    lines.write("a");
    await turn();
    expect(lines.ready).toBe(true);
  }
});

test("it is not ready while a mebibyte waits for a slow reader", () => {
  const pipe = new PassThrough();
  const lines = new LineStream(pipe);
  const kibibyte = "x".repeat(1_023);
  let written = 0;
  for (; lines.ready; written++) lines.write(kibibyte);
  expect(written).toBeGreaterThanOrEqual(1_024);
  expect(written).toBeLessThan(1_060);
  pipe.resume();
  expect(lines.ready).toBe(false);
});
