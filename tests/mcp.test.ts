// Real clients and servers of the official MCP SDK, both generations, over stdio and streamable HTTP, up to revision 2026-07-28.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as mcp from "../src/mcp.js";
import type { Snapshot } from "../src/model.js";
import { eventually } from "./contracts/eventually.js";
import { type Connection, connect, installApplication, type Progress, type Setting } from "./mcp/connect.js";
import type { Installation } from "./services/application.js";

const SETTINGS: readonly Setting[] = [
  { server: "sdk1", client: "sdk1", revision: "before", transport: "stdio" },
  { server: "sdk1", client: "sdk1", revision: "before", transport: "http" },
  { server: "sdk1", client: "sdk2", revision: "now", transport: "stdio" },
  { server: "sdk2", client: "sdk1", revision: "before", transport: "stdio" },
  { server: "sdk2", client: "sdk1", revision: "before", transport: "http" },
  { server: "sdk2", client: "sdk2", revision: "before", transport: "stdio" },
  { server: "sdk2", client: "sdk2", revision: "now", transport: "stdio" },
  { server: "sdk2", client: "sdk2", revision: "now", transport: "http" },
];
const nameOf = ({ server, client, revision, transport }: Setting) =>
  `a server of ${server} and a client of ${client} (revisions ${revision}) over ${transport}`;
/** SDK 2 answers clients of old revisions over HTTP without a session: nothing knows what belongs together. */
const hasSession = ({ server, revision, transport }: Setting) =>
  !(server === "sdk2" && revision === "before" && transport === "http");
/** Over HTTP a broken stream is a cancellation from 2026-07-28 on; over stdio a client that is gone always was one. */
const noticesLeaving = ({ server, revision, transport }: Setting) =>
  transport === "stdio" || (server === "sdk2" && revision === "now");

it("otel-progress/mcp gives tool calls, resources and what tells of their changes", () => {
  expect(Object.keys(mcp).sort()).toEqual([
    "createToolOperation",
    "progressResources",
    "publishChanges",
    "toolOperation",
  ]);
});

let installation: Installation;
beforeAll(() => {
  installation = installApplication();
});
afterAll(() => installation[Symbol.dispose]());

describe.each(SETTINGS.map((setting) => [nameOf(setting), setting] as const))("%s", (_name, setting) => {
  let connection: Connection;
  /** Messages that came in before the test. */
  let before: number;
  beforeAll(async () => {
    connection = await connect(setting, installation.folder);
  });
  beforeEach(() => {
    before = connection.messages.length;
  });
  afterAll(() => connection.close());

  /** What came in, also what the client's SDK drops because the response came with it. */
  const told = () =>
    connection.messages
      .slice(before)
      .filter(({ method }) => method === "notifications/progress")
      .map(({ params }) => params as Progress);
  const read = async (id: string) => JSON.parse(await connection.read(`progress://operations/${id}`)) as Snapshot;

  it("speaks the latest revision that both know", () => {
    const latest = setting.server === "sdk2" && setting.revision === "now" ? "2026-07-28" : "2025-11-25";
    expect(connection.revision ?? "2025-11-25").toBe(latest);
  });

  it("tells a client with a token, with ever greater values up to the total, and nothing after the response", async () => {
    const seen: Progress[] = [];
    const onprogress = (progress: Progress) => seen.push(progress);
    expect(await connection.call("steps", { n: 8 }, { onprogress })).toBe('"done"');
    const values = told();
    expect(values.length).toBeGreaterThan(2);
    expect(values.map(({ progress }) => progress).slice(0, seen.length)).toEqual(seen.map(({ progress }) => progress));
    for (const [index, { progress }] of values.slice(1).entries())
      expect(progress).toBeGreaterThan(values[index]!.progress);
    expect(values[0]).toMatchObject({ progress: 0, total: 8 });
    expect(values.at(-1)).toMatchObject({ progress: 8, total: 8 });
    expect(values.some(({ message }) => /^step \d$/.test(message ?? ""))).toBe(true);
    await connection.read("progress://operations");
    const messages = connection.messages.slice(before);
    const response = messages.findIndex(({ result }) => (result as { content?: unknown })?.content);
    const last = messages.findLastIndex(({ method }) => method === "notifications/progress");
    expect([response > 0, last < response]).toEqual([true, true]);
  });

  it("tells a client without a token nothing", async () => {
    expect(await connection.call("steps", { n: 3 })).toBe('"done"');
    expect(told()).toEqual([]);
  });

  it("tells of 10,000 updates in as many notifications as the interval allows", async () => {
    expect(await connection.call("burst", { n: 10_000 }, { onprogress: () => {} })).toBe("10000");
    expect(told().map(({ progress, total }) => [progress, total])).toEqual([
      [0, 10_000],
      [10_000, 10_000],
    ]);
  });

  it.runIf(hasSession(setting))("a client that cancels has its operation cancelled, and the work stopped", async () => {
    const cancel = new AbortController();
    const call = connection.call(
      "wait",
      { id: "w" },
      { signal: cancel.signal, onprogress: () => cancel.abort("enough") },
    );
    await expect(call).rejects.toThrow();
    await eventually(async () => expect((await read("w")).status).toBe("cancelled"));
    expect(await read("w")).toMatchObject({ type: "wait", current: 1, total: 2, percentage: 50 });
  });

  it("operations can be listed, read as data and as text, by ids of any characters, without what is redacted", async () => {
    const id = "a b/ü?#%,{x}";
    await connection.call("begin", { id, n: 4 });
    await connection.call("advance", { id, n: 1 });
    const listed = await connection.list();
    const [data, report] = ["operations", "reports"].map(
      (kind) => listed.find(({ uri }) => uri === `progress://${kind}/${encodeURIComponent(id)}`)!,
    ) as [(typeof listed)[number], (typeof listed)[number]];
    expect(listed[0]).toMatchObject({ uri: "progress://operations", title: "Operations" });
    expect(data).toMatchObject({ title: "background", description: expect.stringContaining("25%, 1 of 4") });
    const snapshot = JSON.parse(await connection.read(data.uri)) as Snapshot;
    expect(snapshot).toMatchObject({ id, type: "background", percentage: 25, attributes: {} });
    expect(await connection.read(report.uri)).toMatch(
      /^background \(ID: a b\/ü\?#%,\{x\}\)\n {2}Status: Running \(25%\)/,
    );
    const { operations } = JSON.parse(await connection.read("progress://operations")) as { operations: Snapshot[] };
    expect(operations.find((operation) => operation.id === id)).toMatchObject({ percentage: 25, levels: [] });
    expect(await connection.templates()).toEqual(["progress://operations/{id}", "progress://reports/{id}"]);
    await expect(connection.read("progress://operations/other")).rejects.toMatchObject({
      // SDK 2 says it in the words of the latest revision, on either side.
      code: setting.server === "sdk2" || setting.client === "sdk2" ? -32602 : -32002,
      message: expect.stringContaining("nothing is known of this operation"),
    });
  });

  it.runIf(hasSession(setting))("who subscribes hears of changes of that operation, and of the list", async () => {
    await connection.call("begin", { id: "one", n: 100 });
    await connection.call("begin", { id: "two", n: 100 });
    await connection.subscribe("progress://operations/one");
    await eventually(() => expect(connection.updated.at(-1) ?? "list").toBe("list"));
    const told = connection.updated.length;
    await connection.call("advance", { id: "one", n: 1 });
    await connection.call("advance", { id: "two", n: 1 });
    await eventually(() => expect(connection.updated.slice(told)).toContain("progress://operations/one"));
    await connection.call("begin", { id: "three" });
    await eventually(() => expect(connection.updated.slice(told)).toContain("list"));
    expect(new Set(connection.updated)).toEqual(new Set(["progress://operations/one", "list"]));
  });

  it("a client asks for the cancellation of an operation it did not start", async () => {
    await connection.call("begin", { id: "job" });
    expect(await connection.tools()).toContain("cancel_operation");
    const asked = await connection.call("cancel_operation", { id: "job", reason: "too slow" });
    expect(asked).toBe('Cancellation of "job" is requested.');
    expect(await read("job")).toMatchObject({ status: "running", cancelRequested: { reason: "too slow" } });
    await expect(connection.call("cancel_operation", { id: "none" })).rejects.toThrow('Nothing is known of "none".');
    await expect(connection.call("cancel_operation", {})).rejects.toThrow(/invalid/i);
  });

  it.runIf(noticesLeaving(setting))("a client that goes away midway has its operation cancelled", async () => {
    const leaving = await connect(setting, installation.folder);
    await new Promise<void>((resolve) => {
      leaving.call("wait", { id: "left" }, { onprogress: () => resolve() }).catch(() => {});
    });
    await leaving.leave();
    await eventually(() => expect(leaving.said()).toContain("cancelled left"));
    await leaving.close();
  });

  it.runIf(setting.server === "sdk1" && setting.transport === "http")(
    "a client whose stream breaks may come back: before 2026-07-28 the work goes on",
    async () => {
      const leaving = await connect(setting, installation.folder);
      await new Promise<void>((resolve) => {
        leaving.call("steps", { n: 10 }, { onprogress: () => resolve() }).catch(() => {});
      });
      await leaving.leave();
      await eventually(() => expect(leaving.said()).toMatch(/^completed /m));
      await leaving.close();
    },
  );
});
