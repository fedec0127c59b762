// Profiles of earlier runs in one JSON file, {"version":1,"profiles":{…}}: the EtaStore behind `etaHistory: path`. Written by EtaHistory, at most
// ten times a second and by several processes: under a lock, and by renaming a finished file over the old one, so that whoever
// reads sees the old one or the new one. Small, so all of it is read and written at once.

import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Diagnostics } from "../diagnostics.js";
import type { EtaStore } from "../eta-history.js";
import { peek } from "./clean.js";

const VERSION = 1;
/** Profiles in a file; those not used for longest go. */
export const MOST_PROFILES = 1_000;
/** A larger file was not written here. */
const MOST_BYTES = 8 * 1024 * 1024;
const LOCK_TRIES = 10;
const LOCK_WAIT_MILLIS = 2;
/** A lock this old was left by a process that died. */
const LOCK_STALE_MILLIS = 10_000;

type Profiles = Record<string, unknown>;

export class EtaFile implements EtaStore {
  readonly #path: string;
  readonly #diagnostics: Diagnostics;
  /** As of the last read, and what the file looked like then. */
  #profiles: Profiles = {};
  #seen = "";

  constructor(path: string, diagnostics: Diagnostics) {
    this.#path = resolve(path);
    this.#diagnostics = diagnostics;
  }

  get(key: string): string | undefined {
    const profiles = this.#read();
    return Object.hasOwn(profiles, key) ? JSON.stringify(profiles[key]) : undefined;
  }

  set(key: string, profile: string): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const unlock = lock(`${this.#path}.lock`);
    try {
      this.#write(newest({ ...this.#read(), [key]: JSON.parse(profile) }));
    } finally {
      unlock();
    }
  }

  /** Read again only when it changed. */
  #read(): Profiles {
    const stat = peek(() => statSync(this.#path));
    const seen = stat === undefined ? "" : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (seen === this.#seen) return this.#profiles;
    this.#seen = seen;
    this.#profiles = stat === undefined ? {} : this.#parse(stat.size);
    return this.#profiles;
  }

  #parse(bytes: number): Profiles {
    const file = bytes > MOST_BYTES ? undefined : peek(() => JSON.parse(readFileSync(this.#path, "utf8")));
    const { version, profiles } = (file ?? {}) as { version?: unknown; profiles?: unknown };
    if (version === VERSION && typeof profiles === "object" && profiles !== null) return profiles as Profiles;
    this.#diagnostics.count("eta_history_ignored");
    this.#diagnostics.warnOnce(`eta history ${this.#path}`, `${this.#path} holds no history; it is made anew`);
    return {};
  }

  #write(profiles: Profiles): void {
    const unfinished = `${this.#path}.${randomBytes(6).toString("hex")}`;
    try {
      writeFileSync(unfinished, JSON.stringify({ version: VERSION, profiles }), { mode: 0o600 });
      renameSync(unfinished, this.#path);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
  }
}

function newest(profiles: Profiles): Profiles {
  const all = Object.entries(profiles);
  if (all.length <= MOST_PROFILES) return profiles;
  const usedAt = ([, profile]: [string, unknown]): number =>
    peek(() => Math.max(...(profile as { runs: { endedAt: number }[] }).runs.map(({ endedAt }) => endedAt))) || 0;
  return Object.fromEntries(all.sort((a, b) => usedAt(b) - usedAt(a)).slice(0, MOST_PROFILES));
}

/**
 * Waits for others for 20 ms at most, and then goes on without: what is lost at worst is what one of two learned. Throws where nobody
 * can write.
 */
function lock(path: string): () => void {
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    if (made(path)) return () => rmSync(path, { force: true });
    const age = peek(() => Date.now() - statSync(path).mtimeMs) ?? 0;
    if (age > LOCK_STALE_MILLIS) rmSync(path, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_WAIT_MILLIS);
  }
  return () => {};
}

/** False when somebody else has; Windows has other words for one that is just being removed. */
function made(path: string): boolean {
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" || process.platform === "win32") return false;
    throw error;
  }
}
