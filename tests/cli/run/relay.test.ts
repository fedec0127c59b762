import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { intoDescriptor, intoStream, relay, type Sink } from "../../../src/cli/run/relay.js";

const scratch = mkdtempSync(join(tmpdir(), "otel-progress-relay-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const chunks = Array.from({ length: 300 }, (_, index) => Buffer.alloc(1 + ((index * 7_919) % 9_000), index));
const all = Buffer.concat(chunks);

/** Keeps what comes; at most `least` to `most` bytes of each write, as descriptors may. */
function keeping(most = Number.POSITIVE_INFINITY) {
  const kept: Buffer[] = [];
  const sink: Sink = (given, done) => {
    const bytes = Buffer.concat(given).subarray(0, most);
    kept.push(Buffer.from(bytes));
    setImmediate(done, null, bytes.length);
  };
  return { sink, text: () => Buffer.concat(kept) };
}
const failing = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

it("every byte arrives, in order, and is seen", async () => {
  const { sink, text } = keeping();
  const seen: Uint8Array[] = [];
  await relay(Readable.from(chunks), sink, (chunk) => seen.push(chunk));
  expect(text().equals(all)).toBe(true);
  expect(Buffer.concat(seen).equals(all)).toBe(true);
});

it.each([1_000, 4_096, 10_001])("also when only %i bytes are taken at a time", async (most) => {
  const { sink, text } = keeping(most);
  await relay(Readable.from(chunks), sink, () => {});
  expect(text().equals(all)).toBe(true);
});

it("also when our output is full now and then", async () => {
  const { sink, text } = keeping(50_000);
  let calls = 0;
  const full: Sink = (given, done) => (calls++ % 3 === 0 ? done(failing("EAGAIN"), 0) : sink(given, done));
  await relay(Readable.from(chunks), full, () => {});
  expect(text().equals(all)).toBe(true);
});

it("also when it stays full while byte after byte comes", async () => {
  const bytes = Array.from({ length: 200_000 }, (_, index) => Buffer.of(index % 256));
  const { sink, text } = keeping();
  let writes = 0;
  const full: Sink = (given, done) => (++writes < 3 ? done(failing("EAGAIN"), 0) : sink(given, done));
  const source = new PassThrough();
  const relayed = relay(source, full, () => {});
  for (const byte of bytes) source.emit("data", byte);
  source.end();
  await relayed;
  expect(text().equals(Buffer.concat(bytes))).toBe(true);
});

it("no more is read than a little ahead of what is taken", async () => {
  let read = 0;
  const endless = new Readable({
    read() {
      read += 65_536;
      this.push(Buffer.alloc(65_536));
    },
  });
  let take = () => {};
  const sink: Sink = (given, done) => {
    take = () => done(null, Buffer.concat(given).length);
  };
  const done = relay(endless, sink, () => {});
  const turns = async () => {
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  await turns();
  expect(endless.isPaused()).toBe(true);
  expect(read).toBeLessThan(1_000_000);
  const before = read;
  take();
  await turns();
  expect(read).toBeGreaterThan(before);
  endless.destroy();
  await turns();
  take();
  await turns();
  take();
  await done;
});

describe("when it cannot be written", () => {
  const stream = () => {
    const source = new PassThrough();
    source.write("something");
    return source;
  };

  it("because nobody reads it any more, the program's pipe is closed, and that is no failure", async () => {
    const source = stream();
    await relay(
      source,
      (_, done) => done(failing("EPIPE"), 0),
      () => {},
    );
    expect(source.destroyed).toBe(true);
  });

  it("for another reason, that is told", async () => {
    const source = stream();
    const failure = relay(
      source,
      (_, done) => done(failing("ENOSPC"), 0),
      () => {},
    );
    await expect(failure).rejects.toMatchObject({ code: "ENOSPC" });
    expect(source.destroyed).toBe(true);
  });
});

it("a pipe that cannot be read is told", async () => {
  const source = new PassThrough();
  const done = relay(source, keeping().sink, () => {});
  source.destroy(failing("EIO"));
  await expect(done).rejects.toMatchObject({ code: "EIO" });
});

it("a descriptor takes it", async () => {
  const path = join(scratch, "out");
  const descriptor = openSync(path, "w");
  await relay(Readable.from(chunks), intoDescriptor(descriptor), () => {});
  closeSync(descriptor);
  expect(readFileSync(path).equals(all)).toBe(true);
});

it("a stream takes it, and its failure is told", async () => {
  const kept: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      kept.push(chunk);
      done();
    },
  });
  await relay(Readable.from(chunks), intoStream(stream), () => {});
  expect(Buffer.concat(kept).equals(all)).toBe(true);
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(failing("EIO")) });
  broken.on("error", () => {});
  await expect(relay(Readable.from(chunks), intoStream(broken), () => {})).rejects.toMatchObject({ code: "EIO" });
});
