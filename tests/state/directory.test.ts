import { expect, test } from "vitest";
import { Directory } from "../../src/state/directory.js";
import type { Entry } from "../../src/state/entry.js";
import { createTestProgress } from "../../src/testing.js";

test("an operation is found by id while it runs and as long as it is kept, also when many came before it is asked for", () => {
  const t = createTestProgress({ limits: { finished: 10 } });
  const running = t.progress.start("import", { id: "first" });
  for (let n = 0; n < 20_000; n++) t.progress.start("import").complete();
  expect(t.progress.live.get("first")?.status).toBe("running");
  expect(t.progress.live.get("20000")?.status).toBe("completed");
  expect(t.progress.live.get("19991")?.status).toBe("completed");
  expect(t.progress.live.get("19990")).toBeUndefined();
  running.complete();
  expect(t.progress.live.get("first")?.status).toBe("completed");
});

test("more operations than wait for an index can run at once, and all are found", () => {
  const t = createTestProgress();
  for (let n = 0; n < 10_000; n++) t.progress.start("import");
  expect([1, 8_192, 8_193, 10_000].map((n) => t.progress.live.get(String(n))?.status)).toEqual(
    Array(4).fill("running"),
  );
});

test("an id can be used again after its operation ended: the later one is found, also after the earlier left the history", () => {
  const t = createTestProgress({ limits: { finished: 1 } });
  t.progress.start("import", { id: "job" }).complete();
  const again = t.progress.start("import", { id: "job" });
  expect(t.progress.live.get("job")?.status).toBe("running");
  t.progress.start("import", { id: "other" }).complete();
  expect(t.progress.live.get("job")?.status).toBe("running");
  again.complete();
  expect(t.progress.live.get("job")?.status).toBe("completed");
  expect(t.progress.live.get("other")).toBeUndefined();
});

test("what left the history is not held for an index that nobody needs", () => {
  const directory = new Directory();
  const held: Entry[] = [];
  for (let n = 0; n < 1_000; n++) {
    const operation = { id: String(n), outcome: { forgotten: false } } as unknown as Entry;
    held.push(operation);
    directory.add(operation);
    directory.remove(operation);
  }
  expect(directory.waiting).toBeLessThan(130);
});
