// The routes as somebody asks them, on the live state of a process whose clock stands still.

import { beforeEach, describe, expect, test } from "vitest";
import { defineOperation } from "../../src/index.js";
import type { OperationSource } from "../../src/model.js";
import { createProgressHandler, type ProgressHandlerOptions } from "../../src/query/handler.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

const clip = defineOperation("video.clip", { stages: { load: [0, 20], encode: [20, 100] } });

let t: TestProgress;
beforeEach(() => {
  t = createTestProgress();
  return () => t[Symbol.asyncDispose]();
});

function asking(options: ProgressHandlerOptions = {}) {
  const handler = createProgressHandler(t.progress.live, options);
  return (path: string, init: RequestInit = {}) => handler(new Request(`http://localhost${path}`, init));
}
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
const bodyOf = async (response: Promise<Response>) => (await response).json() as Promise<Record<string, unknown>>;

describe("operations", () => {
  test("one is its snapshot, to the letter", async () => {
    const op = t.progress.start(clip, { id: "a b/c", name: "<b>", total: 4, attributes: { n: 1 } });
    op.enterStage("load");
    op.startLevel("load", { total: 2 }).increment();
    const response = await asking()("/operations/a%20b%2Fc");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual(plain(t.progress.live.get("a b/c")));
  });

  test("many are without their levels unless the tree is asked for", async () => {
    t.progress.start("import", { id: "a" }).startLevel("file");
    const ask = asking();
    const bare = { ...t.progress.live.get("a")!, levels: [] };
    expect(await bodyOf(ask("/operations"))).toEqual({ operations: [plain(bare)] });
    expect(await bodyOf(ask("/operations?levels=tree"))).toEqual({ operations: [plain(t.progress.live.get("a"))] });
  });

  test("are filtered, and given a page at a time", async () => {
    for (const id of ["a", "b", "c"]) {
      t.progress.start("import", { id });
      await t.advance("1s");
    }
    t.progress.start("other", { id: "d" }).complete();
    const ask = asking();
    const first = await bodyOf(ask("/operations?type=import&limit=2"));
    expect((first["operations"] as { id: string }[]).map(({ id }) => id)).toEqual(["c", "b"]);
    const second = await bodyOf(ask(`/operations?type=import&limit=2&cursor=${first["nextCursor"]}`));
    expect((second["operations"] as { id: string }[]).map(({ id }) => id)).toEqual(["a"]);
    expect(second).not.toHaveProperty("nextCursor");
    expect(await bodyOf(ask("/operations?status=completed"))).toMatchObject({ operations: [{ id: "d" }] });
  });

  test("with a hundred levels each are given a piece at a time, a page as always", async () => {
    for (let n = 0; n < 30; n++) {
      const op = t.progress.start("import", { id: `o${n}` });
      for (let part = 0; part < 100; part++) op.startLevel("part");
      await t.advance("1ms");
    }
    const ask = asking();
    const first = await bodyOf(ask("/operations?levels=tree&limit=20"));
    const second = await bodyOf(ask(`/operations?levels=tree&limit=20&cursor=${first["nextCursor"]}`));
    const found = [first, second].flatMap(({ operations }) => operations as unknown[]);
    expect(found).toEqual(plain(t.progress.live.list()));
    expect(Object.keys(second)).toEqual(["operations"]);
    expect(await bodyOf(ask("/operations?levels=tree&type=other"))).toEqual({ operations: [] });
  });

  test("cannot be found by what is hidden of them, whatever filter is tried", async () => {
    const ask = asking({ redact: () => ({}) });
    const secrets = { customer: "hidden", "progress.message": "hidden" };
    const op = t.progress.start("import", { id: "a", attributes: secrets });
    op.startLevel("part", { attributes: secrets });
    for (const name of ["id", "type", "text", "parent"]) {
      expect([name, await bodyOf(ask(`/operations?${name}=hidden`))]).toEqual([name, { operations: [] }]);
      expect(await (await ask(`/export?${name}=hidden&levels=tree`)).text()).toBe("");
    }
    for (const name of ["customer", "attributes", "attributes.customer"]) {
      expect((await ask(`/operations?${name}=hidden`)).status).toBe(400);
    }
    const events = (await ask("/events?text=hidden")).body!.getReader();
    expect(new TextDecoder().decode((await events.read()).value)).toContain('"operations":[]');
    await events.cancel();
  });

  test("that are unknown are said to be", async () => {
    const response = await asking()("/operations/nobody");
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      type: "urn:otel-progress:unknown-operation",
      title: "There is no such operation",
      status: 404,
      detail: 'nothing is known of "nobody"',
    });
  });
});

test("the page is told that operations can be cancelled where the server lets them and its source can", async () => {
  const { live } = t.progress;
  const settings = (control: boolean, source: OperationSource = live) =>
    bodyOf(createProgressHandler(source, { control, token: "t" })(new Request("http://localhost/page.json")));
  const history: OperationSource = { ...live, capabilities: ["history"] };
  expect([await settings(true), await settings(false), await settings(true, history)]).toEqual([
    { control: true },
    {},
    {},
  ]);
});

describe("the small form", () => {
  test("is told to have changed only when it has", async () => {
    const op = t.progress.start("import", { id: "a", total: 3 });
    const ask = asking();
    const first = await ask("/status/a");
    expect(await first.json()).toEqual({ id: "a", status: "running", progress: 0, attributes: {} });
    const again = await ask("/status/a", { headers: { "if-none-match": first.headers.get("etag")! } });
    expect([again.status, again.body, again.headers.get("etag")]).toEqual([304, null, first.headers.get("etag")]);
    op.increment(2);
    const changed = await ask("/status/a", { headers: { "if-none-match": first.headers.get("etag")! } });
    expect([changed.status, await changed.json()]).toEqual([
      200,
      { id: "a", status: "running", progress: 66, attributes: {} },
    ]);
  });
});

describe("stages, statistics and exports", () => {
  test("stages are those of the definitions named", async () => {
    const ask = asking({ definitions: [clip] });
    expect(await bodyOf(ask("/stages"))).toEqual({ "video.clip": plain(clip.stages) });
    expect(await bodyOf(ask("/stages/video.clip"))).toEqual(plain(clip.stages));
    expect(await bodyOf(ask("/stages/other"))).toMatchObject({ status: 404, detail: 'no stages are known of "other"' });
    expect(await bodyOf(asking()("/stages"))).toEqual({});
  });

  test("statistics are those of the source and of those who follow", async () => {
    t.progress.start("import", {});
    const ask = asking();
    const events = { views: 0, dropped: 0, missed: 0, failed: 0 };
    expect(await bodyOf(ask("/stats"))).toMatchObject({
      ...(plain(t.progress.live.stats()) as object),
      subscribers: 0,
      events,
    });
    const stream = await ask("/events");
    expect(await bodyOf(ask("/stats"))).toMatchObject({ subscribers: 1 });
    await stream.body!.cancel();
    expect(await bodyOf(ask("/stats"))).toMatchObject({ subscribers: 0 });
  });

  test("an export is a file of what passes", async () => {
    t.progress.start("import", { id: "a" });
    t.progress.start("other", { id: "b" });
    const ask = asking();
    const ndjson = await ask("/export?type=import&levels=tree");
    expect(ndjson.headers.get("content-type")).toBe("application/x-ndjson");
    expect(ndjson.headers.get("content-disposition")).toBe('attachment; filename="operations.ndjson"');
    expect(await ndjson.text()).toBe(`${JSON.stringify(t.progress.live.get("a"))}\n`);
    const csv = await ask("/export?format=csv&type=import");
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect((await csv.text()).split("\r\n").map((line) => line.split(",")[0])).toEqual(["id", "a", ""]);
    expect((await ask("/export?format=xml")).status).toBe(400);
  });
});

describe("cancellation", () => {
  const options = { token: "t", control: true };
  const cancel = (body: unknown, token = "t") => ({
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
  });

  test("is asked for, with a reason, and the work decides", async () => {
    const op = t.progress.start("import", { id: "a" });
    const response = await asking(options)("/operations/a/cancel", cancel({ reason: "enough" }));
    expect([response.status, await response.json()]).toEqual([202, { id: "a", cancelRequested: true }]);
    expect(op.signal.aborted).toBe(true);
    expect(t.progress.live.get("a")).toMatchObject({ status: "running", cancelRequested: { reason: "enough" } });
  });

  test("comes too late for what has ended, and to nothing for what is unknown", async () => {
    t.progress.start("import", { id: "a" }).complete();
    const ask = asking(options);
    expect(await bodyOf(ask("/operations/a/cancel", cancel({})))).toMatchObject({
      status: 409,
      detail: "it is completed",
    });
    expect((await ask("/operations/b/cancel", cancel({}))).status).toBe(404);
  });

  test("needs the token, and control to be on", async () => {
    const op = t.progress.start("import", { id: "a" });
    expect((await asking(options)("/operations/a/cancel", cancel({}, "wrong"))).status).toBe(401);
    expect((await asking({ token: "t" })("/operations/a/cancel", cancel({}))).status).toBe(403);
    expect((await asking()("/operations/a/cancel", cancel({}))).status).toBe(403);
    expect(op.signal.aborted).toBe(false);
  });
});

describe("the event stream", () => {
  async function read(stream: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
    return new TextDecoder().decode((await stream.read()).value);
  }

  test("is a snapshot and then what changes", async () => {
    const op = t.progress.start("import", { id: "a", total: 2 });
    t.progress.start("other", { id: "b" });
    const response = await asking()("/events?type=import");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = response.body!.getReader();
    expect(await read(reader)).toMatch(
      /^event: snapshot\nid: \S+-1\ndata: \{"time":"[^"]+","operations":\[\{"id":"a"[^\n]*\n\n$/,
    );
    op.increment();
    await t.advance("100ms");
    expect(await read(reader)).toMatch(/^event: update\nid: \S+-2\ndata: [^\n]*"current":1[^\n]*\n\n$/);
    await reader.cancel();
  });

  test("of one operation begins before it does", async () => {
    const reader = (await asking()("/operations/a/events")).body!.getReader();
    expect(await read(reader)).toContain('"operations":[]');
    t.progress.start("import", { id: "a" });
    t.progress.start("import", { id: "b" });
    await t.advance("100ms");
    const update = await read(reader);
    expect(update).toContain('"id":"a"');
    expect(update).not.toContain('"id":"b"');
    await reader.cancel();
  });

  test("shows of attributes only what may be shown", async () => {
    t.progress.start("import", { id: "a", attributes: { user: "ann", size: 3 } });
    const ask = asking({ redact: ({ size }) => ({ size }) });
    const reader = (await ask("/events")).body!.getReader();
    const answers = [await read(reader)];
    for (const path of ["/operations", "/operations/a", "/status/a", "/export", "/export?format=csv"]) {
      answers.push(await (await ask(path)).text());
    }
    for (const answer of answers) {
      expect(answer).toContain("size");
      expect(answer).not.toContain("ann");
    }
    await reader.cancel();
  });

  test("asked for with HEAD is headers", async () => {
    const response = await asking()("/events", { method: "HEAD" });
    expect([response.status, response.body, response.headers.get("content-type")]).toEqual([
      200,
      null,
      "text/event-stream",
    ]);
  });

  test("that is not read for a while is given the latest state then, and told how much it missed", async () => {
    const op = t.progress.start("import", { id: "a", total: 1000 });
    const reader = (await asking()("/events")).body!.getReader();
    for (let i = 0; i < 500; i++) {
      op.increment();
      await t.advance("100ms");
    }
    expect(await read(reader)).toMatch(/^event: snapshot\n.*\n.*"total":1000/);
    op.increment();
    await t.advance("100ms");
    const update = await read(reader);
    expect(update).toContain('"current":501');
    expect(update).toMatch(/"missed":(499|500)\}/);
    await reader.cancel();
  });
});

describe("a handler", () => {
  test("tells its owner why an export broke off, which its reader cannot see", async () => {
    const { live } = t.progress;
    const list = () => Promise.reject(new Error("away"));
    const told: unknown[] = [];
    const handler = createProgressHandler({ ...live, list }, { onError: (error) => told.push(error) });
    const response = await handler(new Request("http://localhost/export"));
    await expect(response.text()).rejects.toThrow();
    expect(told).toEqual([new Error("away")]);
  });

  test("refuses what is no source, and options that nobody knows, so that a misspelt one leaves no door open", () => {
    expect(() => createProgressHandler(t.progress as unknown as OperationSource)).toThrow(
      "source: expected an object with get(), list(), stats() and watch(), such as progress.live, received an object",
    );
    expect(() => asking({ authorise: () => false } as ProgressHandlerOptions)).toThrow(
      /^createProgressHandler: expected one of basePath, .*, received "authorise"$/,
    );
  });
});
