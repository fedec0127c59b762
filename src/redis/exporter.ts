// An instance's part of the fleet: its operations go to Redis, the latest state of each, one write at a time; its lease is kept
// while something is open; and what others ask of it comes back with the answers. Redis away costs nothing but freshness.

import type { Clock } from "../clock.js";
import { expectedButReceived } from "../errors.js";
import type { ExporterHost } from "../exporter-host.js";
import type { Duration, OperationExporter, Snapshot } from "../model.js";
import { RedisCarriers } from "./carriers.js";
import { type RedisClient, type Run, runnerOf } from "./client.js";
import { readMessage } from "./messages.js";
import { countOf, type Fleet, type FleetOptions, millisOf, readFleet } from "./options.js";
import { Outbox } from "./outbox.js";
import { homeOf, Keys, SCHEMA_VERSION } from "./schema.js";
import { VERSIONS } from "./scripts/versions.js";
import { Watchman } from "./watchman.js";
import { Writer } from "./writer.js";

export interface RedisExporterOptions extends FleetOptions {
  /** Of node-redis or ioredis, single or cluster; connected, or connecting by itself. It stays yours to close. */
  readonly client: RedisClient;
  /** Least time between two writes; what changes meanwhile goes together. At most a fifth of the lease. @default "250ms", or that */
  readonly interval?: Duration | undefined;
  /**
   * So long a carrier keeps its operation from being lost, from when it was made, when its producer is gone and nobody works for it
   * yet. At most `historyAge`. @default "1m", or that
   */
  readonly handover?: Duration | undefined;
  /** Levels written per operation: failed ones first, then open ones. @default 100 */
  readonly levels?: number | undefined;
  /** Ended operations kept in Redis, of the whole fleet, in 16 equal parts, an instance in one of them. @default 16000 */
  readonly historyCount?: number | undefined;
  /** How long they are kept. @default "1d" */
  readonly historyAge?: Duration | undefined;
}

/** For one instance. Throws ProgressError INVALID_OPTION. */
export function createRedisExporter(options: RedisExporterOptions): OperationExporter {
  const fleet = readFleet(options);
  const {
    interval = Math.min(DEFAULT_INTERVAL_MILLIS, fleet.beatMillis),
    levels = 100,
    historyCount = 16_000,
    historyAge = "1d",
  } = options;
  const keptMillis = millisOf("historyAge", historyAge, 1_000, 365 * 86_400_000);
  const { handover = Math.min(DEFAULT_HANDOVER_MILLIS, keptMillis) } = options;
  return new RedisExporter({
    ...fleet,
    run: runnerOf(options.client),
    // A write is what renews the lease.
    intervalMillis: millisOf("interval", interval, 0, fleet.beatMillis),
    levels: countOf("levels", levels, 0, 10_000),
    keptCount: countOf("historyCount", historyCount, 0, 1_000_000),
    keptMillis,
    handoverMillis: millisOf("handover", handover, 0, keptMillis),
  });
}

interface Settings extends Fleet {
  readonly run: Run;
  readonly intervalMillis: number;
  readonly levels: number;
  readonly keptCount: number;
  readonly keptMillis: number;
  readonly handoverMillis: number;
}
/** What there is once the instance is known. */
interface Link {
  readonly host: ExporterHost;
  readonly outbox: Outbox;
  readonly writer: Writer;
  readonly carriers: RedisCarriers;
  readonly stop: () => void;
}

const DEFAULT_INTERVAL_MILLIS = 250;
const DEFAULT_HANDOVER_MILLIS = 60_000;
const FIRST_RETRY_MILLIS = 50;
const LEAST_POLL_MILLIS = 50;
const DAY_MILLIS = 86_400_000;
/** Keys live so much longer than the history. */
const MARGIN_MILLIS = 3_600_000;

class RedisExporter implements OperationExporter {
  readonly #settings: Settings;
  #link: Link | undefined;
  /** The write under way, with the wait after it. */
  #busy: Promise<void> | undefined;
  #failures = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  connect(host: ExporterHost): void {
    if (this.#link !== undefined)
      throw expectedButReceived(
        "INVALID_OPTION",
        "exporter",
        "a Redis exporter of its own for each instance",
        "a used one",
      );
    const { run, clock, prefix, leaseMillis, beatMillis, intervalMillis, levels, keptMillis } = this.#settings;
    const keys = new Keys(prefix);
    const home = homeOf(host.instance.id);
    const ttlMillis = keptMillis + MARGIN_MILLIS;
    const failed = (error: unknown) => host.failed("exports_failed", "Redis", error);
    const now = () => clock.monotonicMillis();
    const outbox = new Outbox({ ...host, levels, now });
    const writer = new Writer({ ...this.#settings, keys, instance: home, ttlMillis, now });
    const watchman = new Watchman({ run, keys, clock, leaseMillis, ttlMillis }, home, host);
    const pollMillis = Math.max(intervalMillis, LEAST_POLL_MILLIS);
    const late = () => host.count("late_updates");
    const carriers = new RedisCarriers({ ...this.#settings, keys, home, pollMillis, ttlMillis, failed, late });
    const saying = () => run(VERSIONS, [keys.versions], [SCHEMA_VERSION, DAY_MILLIS]).catch(() => {});
    void saying();
    const ends = [
      host.addTransport(carriers),
      host.guardSpans((id) => outbox.hasOpen(id)),
      clock.every(DAY_MILLIS / 4, saying),
      clock.every(beatMillis, () => {
        void watchman.look();
        // Also with nothing but history, which Redis may have forgotten.
        if (!outbox.isUnused) void this.#flush(true);
      }),
    ];
    const stop = () => {
      for (const end of ends) end();
    };
    this.#link = { host, outbox, writer, carriers, stop };
  }

  async export(changed: readonly Snapshot[], removed: readonly string[]): Promise<void> {
    const { host, outbox } = this.#connected();
    // Found in another way to be lost, and kept here: not ours to write.
    for (const snapshot of changed) if (snapshot.instance.id === host.instance.id) outbox.note(snapshot);
    for (const id of removed) if (outbox.remove(id)) host.count("snapshots_dropped");
    await this.#busy;
    await this.#flush(false);
  }

  /** Also what others have done for operations of ours is here then. */
  async forceFlush(): Promise<void> {
    const { host, outbox, carriers } = this.#connected();
    // One under way may have begun too early, and so may a write.
    await Promise.all([carriers.told(), carriers.collecting, this.#busy]);
    await carriers.collect();
    // Those too that were taken over just before: what became of them may not have been exported yet.
    for (const id of carriers.contributed) {
      const snapshot = host.get(id);
      if (snapshot !== undefined) outbox.note(snapshot);
    }
    if (!outbox.isEmpty) await this.#flush(false);
  }

  /** What was to be said has been, or could not be: it is not kept back for longer. */
  async shutdown(): Promise<void> {
    const { outbox, carriers, stop } = this.#connected();
    await this.#busy;
    if (!outbox.isEmpty) await this.#flush(false);
    await carriers.close();
    stop();
  }

  #connected(): Link {
    if (this.#link === undefined)
      throw new Error("a Redis exporter works through addExporter, or exporters of createProgress");
    return this.#link;
  }

  /** Writes all there is; with `beat` also that there is nothing. Joins the write under way. */
  #flush(beat: boolean): Promise<void> {
    this.#busy ??= this.#writeAll(this.#connected(), beat).finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  async #writeAll(link: Link, beat: boolean): Promise<void> {
    const { clock, intervalMillis, beatMillis } = this.#settings;
    const began = clock.monotonicMillis();
    const done = await this.#write(link, beat);
    const retryMillis = Math.min(beatMillis, FIRST_RETRY_MILLIS * 2 ** this.#failures);
    await pause(clock, done ? began + intervalMillis - clock.monotonicMillis() : retryMillis);
  }

  async #write({ host, outbox, writer, carriers }: Link, beat: boolean): Promise<boolean> {
    for (let due = beat; due || !outbox.isEmpty; due = false) {
      const batch = outbox.take();
      try {
        const { forgot, claims, messages } = await writer.write(batch, outbox.open, outbox.claims);
        for (const [id, epoch] of claims) if (outbox.claim(id, epoch)) yieldTo(host, id);
        if (forgot) restart(host, outbox, carriers);
        for (const message of messages) this.#heed(message, host, outbox);
        for (const [id, spansEnded] of batch.confirms) host.confirm(id, spansEnded);
        this.#failures = 0;
      } catch (error) {
        const forgotten = outbox.doubt(batch, host.get);
        if (forgotten > 0) host.count("snapshots_dropped", forgotten);
        host.failed("exports_failed", "Redis", error);
        this.#failures++;
        return false;
      }
    }
    return true;
  }

  /** Answered with the state that follows from it, at once: whoever asked waits for that. */
  #heed(json: string, host: ExporterHost, outbox: Outbox): void {
    const message = readMessage(json);
    if (message === undefined) return host.count("fleet_damaged");
    host.requestCancel(message.cancel, message.reason);
    const snapshot = host.get(message.cancel);
    if (snapshot !== undefined) outbox.note(snapshot);
  }
}

/** Everything is to be written. */
function restart(host: ExporterHost, outbox: Outbox, carriers: RedisCarriers): void {
  outbox.restart(host.all().filter(({ instance }) => instance.id === host.instance.id));
  carriers.restart();
}

function yieldTo(host: ExporterHost, id: string): void {
  host.disown(id);
  host.count("operations_claimed");
}

function pause(clock: Clock, millis: number): Promise<void> {
  if (millis <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = clock.every(millis, () => {
      stop();
      resolve();
    });
  });
}
