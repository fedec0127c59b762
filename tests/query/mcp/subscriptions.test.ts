import { describe, expect, it } from "vitest";
import { createTestProgress } from "../../../src/testing.js";
import { eventually } from "../../contracts/eventually.js";
import { createServer, linked } from "./linked.js";

describe("subscriptions of a connection", () => {
  it("tell of the resources that were subscribed to, until that is taken back", async () => {
    const t = createTestProgress();
    const [a, b] = [t.progress.start("job", { id: "a", total: 9 }), t.progress.start("job", { id: "b", total: 9 })];
    const { client, told } = await linked(t.progress.live);
    await client.subscribeResource({ uri: "progress://operations/a" });
    await client.subscribeResource({ uri: "progress://reports/b" });
    const both = async () => {
      a.increment();
      b.increment();
      await t.advance("100ms");
    };
    await both();
    await eventually(() => expect(told).toEqual(["progress://operations/a", "progress://reports/b"]));
    await client.unsubscribeResource({ uri: "progress://operations/a" });
    await both();
    await eventually(() => expect(told.slice(2)).toEqual(["progress://reports/b"]));
  });

  it("may come before the operation begins", async () => {
    const t = createTestProgress();
    const { client, told } = await linked(t.progress.live);
    await client.subscribeResource({ uri: "progress://operations/later" });
    t.progress.start("job", { id: "later" });
    await t.advance("100ms");
    await eventually(() => expect(told).toEqual(["progress://operations/later", "list"]));
  });

  it("are refused for other resources, and beyond a thousand", async () => {
    const { client } = await linked(createTestProgress().progress.live);
    const subscribe = (uri: string) => client.subscribeResource({ uri });
    await expect(subscribe("file:///etc/passwd")).rejects.toThrow("only operations can be subscribed to");
    for (let index = 0; index < 1_000; index++) await subscribe(`progress://operations/${index}`);
    await subscribe("progress://operations/7");
    await expect(subscribe("progress://operations/x")).rejects.toThrow("at most 1000 resources can be subscribed to");
  });

  it("end with the connection, also where the application has put its own callback over ours; before it, theirs is kept", async () => {
    const t = createTestProgress();
    const closed: string[] = [];
    const server = createServer();
    server.server.onclose = () => closed.push("before");
    const { client } = await linked(t.progress.live, {}, server);
    await client.close();
    expect(closed).toEqual(["before"]);

    const other = await linked(t.progress.live);
    other.server.server.onclose = () => closed.push("over");
    await t.progress.operation("job", () => {});
    await t.advance("100ms");
    await eventually(() => expect(other.told).toContain("list"));
    await other.client.close();
    const op = t.progress.start("job", { total: 3 });
    for (let round = 0; round < 3; round++) {
      op.increment();
      await t.advance("100ms");
    }
    expect([closed, t.progress.live.stats().losses]).toEqual([["before", "over"], {}]);
  });

  it("end when they are stopped", async () => {
    const t = createTestProgress();
    const { stop, told, client } = await linked(t.progress.live);
    await client.subscribeResource({ uri: "progress://operations" });
    stop();
    await t.progress.operation("job", () => {});
    await t.advance("1s");
    expect(told).toEqual([]);
  });
});
