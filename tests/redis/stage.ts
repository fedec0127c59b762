// Where stories of fleets are told: a real Redis, and processes with the built package.

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRedisSource, type RedisSource } from "../../src/redis/index.js";
import { installPackage } from "../services/application.js";
import { type RedisOptions, type RedisServer, startRedis } from "../services/redis.js";
import { CLIENTS } from "./clients.js";
import { Member, type MemberOptions } from "./members.js";

/** As short as may be, and long enough for a process to be heard on a busy machine. */
const LEASE = "3s";

export interface Stage extends AsyncDisposable {
  readonly redis: RedisServer;
  /** A fleet of its own. Members reach Redis at `port`. */
  story(more?: Partial<MemberOptions>): Promise<Story>;
}
interface Story extends AsyncDisposable {
  readonly prefix: string;
  readonly source: RedisSource;
  /** Where members write which spans they ended. */
  readonly spans: string;
  member(): Promise<Member>;
  /** By id, as one asks who has not asked before. */
  statuses(): Promise<Record<string, string>>;
}

export async function startStage(options: RedisOptions = {}): Promise<Stage> {
  const redis = await startRedis(options);
  const installation = installPackage(["fleet-worker.mjs"]);
  const folder = mkdtempSync(join(tmpdir(), "otel-progress-fleet-"));
  return {
    redis,
    async story(more = {}) {
      const prefix = `test-${randomUUID()}`;
      const spans = join(folder, prefix);
      const member = { port: redis.port, prefix, lease: LEASE, spans, ...more };
      const connected = await CLIENTS["node-redis"]([redis.port]);
      const source = createRedisSource({ client: connected.client, prefix, lease: LEASE });
      const members: Member[] = [];
      return {
        prefix,
        source,
        spans,
        async member() {
          members.push(await Member.start(installation, member));
          return members.at(-1)!;
        },
        async statuses() {
          return Object.fromEntries((await source.list({ limit: 1_000 })).map(({ id, status }) => [id, status]));
        },
        async [Symbol.asyncDispose]() {
          for (const one of members) await one.end();
          await connected[Symbol.asyncDispose]();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await redis[Symbol.asyncDispose]();
      installation[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
