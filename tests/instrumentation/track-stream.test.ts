import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createTestProgress } from "../../src/testing.js";

/** Sends chunks through `through`; gives what comes out. */
async function send(chunks: readonly unknown[], through: NodeJS.ReadWriteStream): Promise<unknown[]> {
  const out: unknown[] = [];
  const sink = new Writable({
    objectMode: true,
    write(chunk, _encoding, done) {
      out.push(chunk);
      done();
    },
  });
  await pipeline(Readable.from(chunks), through, sink);
  return out;
}

it("passes bytes through unchanged and counts them", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("copy");
  const chunks = [Buffer.from("abc"), new Uint8Array(5), Buffer.alloc(0), new DataView(new ArrayBuffer(2))];
  const out = await send(chunks, op.trackStream({ total: 20, unit: "By" }));
  expect(out.every((chunk, n) => chunk === chunks[n])).toBe(true);
  expect(op.snapshot()).toMatchObject({ current: 10, total: 20, unit: "By", percentage: 50, status: "running" });
});

it("counts text in the bytes of its encoding", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("copy");
  const through = op.trackStream();
  through.write("é€");
  through.write("ffff", "hex" as BufferEncoding);
  through.end();
  await send([], through).catch(() => {});
  expect(op.snapshot().current).toBe(7);
});

it("counts objects one by one", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("copy");
  const rows = [{ id: 1 }, { id: 2 }, 3, []];
  expect(await send(rows, op.trackStream())).toEqual(rows);
  expect(op.snapshot()).toMatchObject({ current: 4 });
  expect(op.snapshot()).not.toHaveProperty("total");
});

it("counts on a level as well, and does not end it", async () => {
  await using test = createTestProgress();
  const level = test.progress.start("copy").startLevel("file", { total: 3 });
  await send([Buffer.from("abc")], level.trackStream());
  expect(level.snapshot()).toMatchObject({ status: "running", current: 3, total: 3 });
});

it("an error in the pipeline goes through, and ends nothing of ours", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("copy");
  const error = new Error("x");
  const failing = async function* () {
    yield Buffer.from("ab");
    throw error;
  };
  await expect(
    pipeline(Readable.from(failing()), op.trackStream(), new Writable({ write: (_c, _e, done) => done() })),
  ).rejects.toBe(error);
  expect(op.snapshot().status).toBe("running");
});

it("bounds the unit, and a bad total is misuse", async () => {
  await using test = createTestProgress({ strict: false });
  const op = test.progress.start("copy");
  op.trackStream({ total: Number.NaN, unit: "x".repeat(10_000) });
  expect([op.snapshot().total, op.snapshot().unit?.length, test.misuse()]).toEqual([
    undefined,
    256,
    ["INVALID_NUMBER"],
  ]);
});

it("a unit that is missing in the data is none", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("copy", { unit: "row" });
  for (const unit of [null, ""]) op.trackStream({ unit: unit as never });
  expect(op.snapshot().unit).toBe("row");
});

it("the count is the sum of what went through, whatever the chunks", async () => {
  await using test = createTestProgress();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1 }), { maxLength: 5 }), async (chunks) => {
      const op = test.progress.start("copy");
      expect(await send(chunks, op.trackStream())).toEqual(chunks);
      expect(op.snapshot().current ?? 0).toBe(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
      op.complete();
    }),
    { numRuns: 1_000 },
  );
});
