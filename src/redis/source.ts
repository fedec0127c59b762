// The fleet as an OperationSource: every instance that writes below the prefix, also those that are gone. Read when something is
// asked, and now and then while somebody watches; nothing is kept open when nobody does.

import { ChangeReader } from "../change-reader.js";
import { historyStats } from "../history-stats.js";
import type { Change, Duration, Filter, ListOptions, OperationSource, Snapshot, Stats } from "../model.js";
import { select } from "../state/selection.js";
import { isTerminal } from "../state/transitions.js";
import { Answers } from "./answers.js";
import { type RedisClient, type Run, runnerOf, texts } from "./client.js";
import { FleetFeed } from "./feed.js";
import { cancelMessage } from "./messages.js";
import { type Fleet, type FleetOptions, millisOf, readFleet } from "./options.js";
import { Keys, SCHEMA_VERSION } from "./schema.js";
import { SEND } from "./scripts/send.js";
import { VERSIONS } from "./scripts/versions.js";

export interface RedisSourceOptions extends FleetOptions {
  /** Of node-redis or ioredis, single or cluster; connected, or connecting by itself. It stays yours to close. */
  readonly client: RedisClient;
  /** How often is looked for changes while somebody watches. @default "250ms" */
  readonly pollInterval?: Duration | undefined;
  /** For one answer of Redis; what is asked here may take several. @default "5s" */
  readonly timeout?: Duration | undefined;
}

export interface RedisSource extends OperationSource {
  get(id: string): Promise<Snapshot | undefined>;
  list(options?: ListOptions): Promise<readonly Snapshot[]>;
  stats(): Promise<Stats>;
  /** True when its instance has been asked and has said so; false when it is not running, or does not answer within a lease. */
  requestCancel(id: string, reason?: string): Promise<boolean>;
  watch(filter?: Filter, options?: { readonly signal?: AbortSignal | undefined }): AsyncIterableIterator<Change>;
}

/** Throws ProgressError INVALID_OPTION; its methods reject with SOURCE_FAILED when Redis does not answer in time. */
export function createRedisSource(options: RedisSourceOptions): RedisSource {
  return new FleetSource({
    ...readFleet(options),
    run: runnerOf(options.client),
    pollMillis: millisOf("pollInterval", options.pollInterval ?? "250ms", 1, 60_000),
    timeoutMillis: millisOf("timeout", options.timeout ?? "5s", 1, 600_000),
  });
}

interface Settings extends Fleet {
  readonly run: Run;
  readonly pollMillis: number;
  readonly timeoutMillis: number;
}

const DAY_MILLIS = 86_400_000;

class FleetSource implements RedisSource {
  readonly capabilities = ["live", "watch", "history", "control"] as const;
  readonly #settings: Settings;
  readonly #answers: Answers;
  readonly #keys: Keys;
  readonly #feed: FleetFeed;

  constructor(settings: Settings) {
    this.#answers = new Answers(settings.run, settings.clock, settings.timeoutMillis);
    this.#settings = { ...settings, run: this.#answers.run };
    this.#keys = new Keys(settings.prefix);
    this.#feed = new FleetFeed({ ...this.#settings, keys: this.#keys });
  }

  async get(id: string): Promise<Snapshot | undefined> {
    await this.#fresh();
    return this.#feed.mirror.get(id);
  }

  async list(options: ListOptions = {}): Promise<readonly Snapshot[]> {
    await this.#fresh();
    const { mirror } = this.#feed;
    const one = options.id === undefined ? undefined : mirror.item(options.id);
    const all = options.id === undefined ? mirror.all() : one === undefined ? [] : [one];
    const chosen = select(all, ({ row }) => row, options).map(({ snapshot }) => snapshot!);
    return Object.freeze(options.levels === false ? chosen.map(withoutLevels) : chosen);
  }

  /** Of what is there, not since the start of anything. `losses`: what this reader could not read. */
  async stats(): Promise<Stats> {
    await this.#fresh();
    const others = await this.#answers.wait(this.#otherVersions());
    const { mirror } = this.#feed;
    const written = [...mirror.all()].map((item) => item.written!);
    return historyStats(written, { fleet_damaged: mirror.damaged, versions_ignored: others });
  }

  async requestCancel(id: string, reason?: string): Promise<boolean> {
    await this.#fresh();
    const home = this.#feed.mirror.homeOf(id);
    if (home === undefined) return false;
    const { open, inbox } = this.#keys.instance(home);
    const { run, leaseMillis } = this.#settings;
    const sent = await this.#answers.wait(run(SEND, [open, inbox], [id, cancelMessage(id, reason), leaseMillis]));
    if (Number(sent) !== 1) return false;
    return this.#heeded(id);
  }

  watch(
    filter: Filter = {},
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterableIterator<Change> {
    let stop = () => {};
    const leave = () => {
      options.signal?.removeEventListener("abort", leave);
      stop();
      reader.leave();
    };
    const begin = () => {
      stop = this.#feed.follow((change) => {
        if (change.kind === "snapshot") reader.snapshot(change.operations);
        else reader.update(change.changed, change.removed, change.missed);
      }, filter);
    };
    const reader = new ChangeReader(begin, leave);
    options.signal?.addEventListener("abort", leave);
    if (options.signal?.aborted === true) leave();
    return reader;
  }

  /** Waits until the owner has said that it knows. */
  #heeded(id: string): Promise<boolean> {
    const { clock, leaseMillis } = this.#settings;
    const until = clock.monotonicMillis() + leaseMillis;
    return new Promise((resolve) => {
      const look = (): boolean => {
        const snapshot = this.#feed.mirror.get(id);
        const asked = snapshot === undefined || isTerminal(snapshot.status) || "cancelRequested" in snapshot;
        if (asked) resolve(snapshot !== undefined);
        else if (clock.monotonicMillis() >= until) resolve(false);
        else return false;
        return true;
      };
      const stop = this.#feed.onPull(() => {
        if (look()) stop();
      });
    });
  }

  #fresh(): Promise<void> {
    return this.#answers.wait(this.#feed.refresh());
  }

  async #otherVersions(): Promise<number> {
    const versions = texts(await this.#settings.run(VERSIONS, [this.#keys.versions], ["", DAY_MILLIS]));
    return versions.filter((version) => version !== String(SCHEMA_VERSION)).length;
  }
}

function withoutLevels(snapshot: Snapshot): Snapshot {
  return snapshot.levels.length === 0 ? snapshot : Object.freeze({ ...snapshot, levels: [] });
}
