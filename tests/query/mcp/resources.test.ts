import { McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../../src/model.js";
import { progressResources } from "../../../src/query/mcp/resources.js";
import { createTestProgress } from "../../../src/testing.js";
import { snapshotOf, sourceOf } from "../source.js";
import { createServer, linked, OF_SDK_1 } from "./linked.js";

const textOf = ({ contents }: { contents: unknown[] }) => (contents[0] as { text: string }).text;

describe("operations as resources", () => {
  it("are what changed last, at most as many as wanted, said in one line", async () => {
    const t = createTestProgress();
    for (const id of ["a", "b", "c"]) t.progress.start("import", { id, name: `Import ${id}`, total: 4 });
    t.progress.handle("a")!.increment();
    await t.advance("200ms");
    t.progress.handle("b")!.fail(new Error("disk\u0007 full"));
    const { client } = await linked(t.progress.live, { limit: 2 });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri, name, title, description }) => [uri, name, title, description])).toEqual([
      ["progress://operations", "operations", "Operations", expect.any(String)],
      ["progress://operations/b", "import b", "Import b", "Import b: failed, 0%, 0 of 4, in 0.2s, disk  full"],
      ["progress://operations/a", "import a", "Import a", expect.stringMatching(/^Import a: 25%, 1 of 4/)],
      ["progress://reports/b", "report of import b", "Report: Import b", expect.any(String)],
      ["progress://reports/a", "report of import a", "Report: Import a", expect.any(String)],
    ]);
    const { operations } = JSON.parse(textOf(await client.readResource({ uri: "progress://operations" })));
    expect(operations.map(({ id }: Snapshot) => id)).toEqual(["b", "a"]);
  });

  it("hide what is redacted, in lists, data and texts, levels included", async () => {
    const t = createTestProgress();
    const op = t.progress.start("import", { id: "a", attributes: { secret: "s3cr3t" } });
    op.startLevel("file", { attributes: { secret: "s3cr3t", size: 3 } });
    const { client } = await linked(t.progress.live, { redact: ({ secret, ...shown }) => shown });
    for (const uri of ["progress://operations", "progress://operations/a", "progress://reports/a"]) {
      expect(textOf(await client.readResource({ uri }))).not.toContain("s3cr3t");
    }
    expect(textOf(await client.readResource({ uri: "progress://reports/a" }))).toContain("size: 3");
  });

  it("of a source that cannot be watched are there as well; nobody is told of changes", async () => {
    const { client, stop } = await linked(sourceOf([snapshotOf("old")]));
    expect(client.getServerCapabilities()!.resources).toEqual({ listChanged: true });
    expect(JSON.parse(textOf(await client.readResource({ uri: "progress://operations/old" })))).toMatchObject({
      id: "old",
    });
    stop();
  });

  it("say that they can be subscribed to where somebody tells of changes", async () => {
    const { live } = createTestProgress().progress;
    const capabilities = async (changes: "server" | "handler" | "none") =>
      (await linked(live, { changes })).client.getServerCapabilities()!.resources!.subscribe;
    expect([await capabilities("server"), await capabilities("handler"), await capabilities("none")]).toEqual([
      true,
      true,
      undefined,
    ]);
  });

  it("leave the resources and tools of the server as they are", async () => {
    const server = createServer();
    server.registerResource("notes", "notes://all", {}, async () => ({
      contents: [{ uri: "notes://all", text: "x" }],
    }));
    const { client } = await linked(createTestProgress().progress.live, {}, server);
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual([
      "notes://all",
      "progress://operations",
    ]);
    expect(textOf(await client.readResource({ uri: "notes://all" }))).toBe("x");
    expect(client.getServerCapabilities()!.tools).toBeUndefined();
  });

  it("refuse at set-up what cannot work", () => {
    const { live } = createTestProgress().progress;
    const { subscriptions, ...without } = OF_SDK_1;
    expect(subscriptions).toHaveLength(2);
    expect(() => progressResources(createServer(), live, without)).toThrow("subscriptions: SDK 1 needs");
    expect(() => progressResources(createServer(), live, { ...OF_SDK_1, limit: 0 })).toThrow("limit: expected");
    const server = new McpServer({ name: "test", version: "1.0.0" });
    expect(() => progressResources(server, sourceOf([]), { ResourceTemplate, changes: "server" })).toThrow(
      "this source tells no changes",
    );
  });
});
