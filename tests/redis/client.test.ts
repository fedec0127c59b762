import { createHash } from "node:crypto";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { describe, expect, it } from "vitest";
import { type RedisClient, runnerOf, text, texts } from "../../src/redis/client.js";
import { script } from "../../src/redis/scripts/script.js";

const SCRIPT = script("return ARGV[1]");
const rest = ["2", "{1}:a", "{1}:b", "x", "7"];
const asked = ["EVALSHA", createHash("sha1").update(SCRIPT.text).digest("hex"), ...rest];

/** What reaches a client of each kind; the first answer says that the script is not known. */
function sentTo(kind: "node-redis" | "node-redis cluster" | "ioredis", failure = "NOSCRIPT No matching script.") {
  const sent: unknown[] = [];
  const answer = async (...what: unknown[]) => {
    sent.push(what);
    if (sent.length === 1) throw new Error(failure);
    return "done";
  };
  const clients: Record<typeof kind, RedisClient> = {
    "node-redis": { sendCommand: (args: string[]) => answer(args) },
    "node-redis cluster": { masters: [], sendCommand: (key, readonly, args) => answer(key, readonly, args) },
    ioredis: { call: (command, ...args) => answer([command, ...args]) },
  };
  return { sent, run: () => runnerOf(clients[kind])(SCRIPT, ["{1}:a", "{1}:b"], ["x", 7]) };
}

describe("a script", () => {
  it.each(["node-redis", "ioredis"] as const)(
    "is asked for by its digest, and sent whole when it is not known: %s",
    async (kind) => {
      const { sent, run } = sentTo(kind);
      expect(await run()).toBe("done");
      expect(sent).toEqual([[asked], [["EVAL", SCRIPT.text, ...rest]]]);
    },
  );

  it("goes where its first key is in a cluster, to the server that may write", async () => {
    const { sent, run } = sentTo("node-redis cluster");
    await run();
    expect(sent[0]).toEqual(["{1}:a", false, asked]);
  });

  it("that fails is not sent again", async () => {
    const { sent, run } = sentTo("ioredis", "READONLY You can't write against a read only replica.");
    await expect(run()).rejects.toThrow("READONLY");
    expect(sent.length).toBe(1);
  });
});

it("takes the clients that users have, by their types too", () => {
  const ioredis = new Redis({ lazyConnect: true });
  const cluster = new Cluster([{ host: "127.0.0.1", port: 1 }], { lazyConnect: true });
  const clients: RedisClient[] = [createClient(), createCluster({ rootNodes: [] }), ioredis, cluster];
  for (const client of clients) expect(runnerOf(client)).toBeTypeOf("function");
  ioredis.disconnect();
  cluster.disconnect();
});

it("reads buffers, where a client gives those, as texts; and what is not there as none", () => {
  expect([text(Buffer.from("ü")), text(3), text(null), texts([Buffer.from("a"), "b", null]), texts(null)]).toEqual([
    "ü",
    "3",
    "",
    ["a", "b", ""],
    [],
  ]);
});
