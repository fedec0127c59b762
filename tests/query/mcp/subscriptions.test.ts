import { describe, expect, it } from "vitest";
import type { OperationSource } from "../../../src/model.js";
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

  describe("end with the connection", () => {
    /** A source that says whether it is still watched. */
    function watched() {
      const t = createTestProgress();
      const signals: (AbortSignal | undefined)[] = [];
      const source: OperationSource = {
        ...t.progress.live,
        watch(filter, options) {
          signals.push(options?.signal);
          return t.progress.live.watch(filter, options);
        },
      };
      return { t, source, isOver: () => signals.map((signal) => signal?.aborted) };
    }

    it("and leave a callback of the application in place", async () => {
      const { source, isOver } = watched();
      const server = createServer();
      let closed = 0;
      server.server.onclose = () => closed++;
      const { client } = await linked(source, {}, server);
      expect(isOver()).toEqual([false]);
      await client.close();
      expect([isOver(), closed]).toEqual([[true], 1]);
    });

    it("at the next change, where a callback of the application took the place of ours", async () => {
      const { t, source, isOver } = watched();
      const { client, server, told } = await linked(source);
      server.server.onclose = () => {};
      const op = t.progress.start("job", { total: 9 });
      await t.advance("100ms");
      await eventually(() => expect(told).toEqual(["list"]));
      await client.subscribeResource({ uri: "progress://operations" });
      await client.close();
      expect(isOver()).toEqual([false]);
      op.increment();
      await t.advance("100ms");
      await eventually(() => expect(isOver()).toEqual([true]));
    });
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
