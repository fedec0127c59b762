// Instances of a fleet in one process, each with a network and a clock of its own that a test turns: the real exporters and
// sources, the real scripts, run by a real Redis. Only the clock of Redis is turned too: scripts ask a key for the time.

import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { createInstance, type Progress } from "../../src/instrumentation/progress.js";
import { createRedisExporter } from "../../src/redis/index.js";
import { ProgressSpanProcessor } from "../../src/sdk.js";
import { ManualClock } from "../../src/testing.js";
import { withTime } from "./redis-clock.js";

export const LEASE_MILLIS = 10_000;
const CLOCK = "clock-of-the-simulation";
const patched = new Map<string, string>();

/** The scripts as they are, apart from whom they ask for the time, and for how long Redis has been there. */
function withOurClock(text: string): string {
  const known = patched.get(text);
  if (known !== undefined) return known;
  const timed = withTime(text, `tonumber(redis.call('GET', '${CLOCK}'))`);
  const result = timed.replace("redis.pcall('INFO', 'server')", "'uptime_in_seconds:1000000'");
  patched.set(text, result);
  return result;
}

export type Weather = "fine" | "cut" | "deaf" | "slow" | "late";

/**
 * Between an instance and Redis. `cut`: nothing arrives; `deaf`: everything arrives, no answer does; `slow`: later, in any order;
 * `late`: the same, when the caller has given it up.
 */
export class Network {
  readonly #redis: Redis;
  readonly #random: () => number;
  readonly #scripts = new Map<string, string>();
  weather: Weather = "fine";
  /** Its process is gone: what it still sent arrives, and nobody hears the answer. */
  dead = false;
  #held: (() => void)[] = [];
  /** Answers wait for a process that stands still. */
  #frozen: Promise<void> | undefined;
  #thaw = () => {};
  underWay = 0;

  constructor(redis: Redis, random: () => number) {
    this.#redis = redis;
    this.#random = random;
  }

  async call(command: string, ...args: string[]): Promise<unknown> {
    if (this.dead) return new Promise(() => {});
    if (this.weather === "cut") throw new Error("the connection is cut");
    if (this.weather === "late") {
      this.#held.push(() => void this.#run(command, args).catch(() => {}));
      throw new Error("the connection was cut");
    }
    const deaf = this.weather === "deaf";
    if (this.weather === "slow") await new Promise<void>((resolve) => this.#held.push(resolve));
    this.underWay++;
    let result: unknown;
    try {
      result = await this.#run(command, args);
    } finally {
      this.underWay--;
    }
    await this.#frozen;
    if (this.dead) return new Promise(() => {});
    if (deaf) throw new Error("the connection was cut");
    return result;
  }

  #run(command: string, [first, ...rest]: string[]): Promise<unknown> {
    if (command === "EVAL") {
      const text = withOurClock(first!);
      this.#scripts.set(createHash("sha1").update(first!).digest("hex"), createHash("sha1").update(text).digest("hex"));
      return this.#redis.call("EVAL", text, ...rest) as Promise<unknown>;
    }
    const sha1 = this.#scripts.get(first!);
    if (sha1 === undefined) return Promise.reject(new Error("NOSCRIPT not seen yet"));
    return this.#redis.call("EVALSHA", sha1, ...rest) as Promise<unknown>;
  }

  /** What was held goes on, in any order. */
  release(): void {
    const held = this.#held.splice(0);
    while (held.length > 0) held.splice(Math.floor(this.#random() * held.length), 1)[0]!();
  }

  freeze(): void {
    this.#frozen = new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#frozen = undefined;
    this.#thaw();
  }
}

export interface SpanEnd {
  readonly spanId: string;
  readonly operationId: string;
  readonly status: string;
  readonly by: string;
}

/** One process. */
export class Instance {
  readonly id: string;
  readonly clock: ManualClock = new ManualClock();
  readonly network: Network;
  readonly progress: Progress;
  /** Stands still, and how long. */
  frozenMillis: number | undefined;
  readonly lost: string[] = [];

  constructor(id: string, prefix: string, network: Network, ended: (span: SpanEnd) => void) {
    this.id = id;
    this.network = network;
    this.progress = createInstance({ clock: this.clock }, { instance: { id, host: "h", pid: 1 } });
    const exporter = createRedisExporter({
      client: network,
      prefix,
      lease: LEASE_MILLIS,
      interval: 0,
      clock: this.clock,
    });
    this.progress.addExporter(exporter);
    this.progress.subscribe(({ operation }) => this.lost.push(operation.id), { events: ["lost"] });
    // What ends the spans of the dead; its own spans come from the SDK that all share.
    const processor = new ProgressSpanProcessor({
      progress: this.progress,
      exporting: [{ onEnd: (span: never) => ended(spanEndOf(span, id)) }],
    });
    processor.onStart({ instrumentationScope: { name: "otel-progress" }, resource: {} } as never, {} as never);
  }

  get isDead(): boolean {
    return this.network.dead;
  }

  pass(millis: number): void {
    if (this.isDead) return;
    if (this.frozenMillis !== undefined) this.frozenMillis += millis;
    else this.clock.advance(millis);
  }

  freeze(): void {
    if (this.frozenMillis !== undefined) return;
    this.frozenMillis = 0;
    this.network.freeze();
  }

  /** It comes back: its clock has gone on, its timers have not. */
  thaw(): void {
    if (this.frozenMillis === undefined) return;
    this.clock.block(this.frozenMillis);
    this.frozenMillis = undefined;
    this.network.thaw();
  }
}

export function spanEndOf(span: never, by: string): SpanEnd {
  const ended = span as { attributes: Record<string, string>; spanContext(): { spanId: string } };
  const { "progress.operation.id": operationId, "progress.status": status } = ended.attributes;
  return { spanId: ended.spanContext().spanId, operationId: operationId!, status: status!, by };
}

/** Turned with the others; beginning where theirs do. */
export async function setRedisClock(redis: Redis, epochMillis: number): Promise<void> {
  await redis.set(CLOCK, String(epochMillis));
}

/** Until nothing is under way any more, apart from what is held or frozen. */
export async function settled(networks: readonly Network[]): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    await new Promise((resolve) => setImmediate(resolve));
    quiet = networks.every(({ underWay }) => underWay === 0) ? quiet + 1 : 0;
  }
}
