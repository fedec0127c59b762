// Waiting for what other processes do: asked again until it holds, never for longer than told.

import { setTimeout as sleep } from "node:timers/promises";

export interface Patience {
  /** Milliseconds; then it has failed. @default 30000 */
  readonly within?: number;
  /** Milliseconds between two looks. @default 100 */
  readonly every?: number;
}

/**
 * Reads until `holds`, and returns what was read then. A read that throws counts as one that does not hold. `what` completes the
 * sentence "waited in vain until …".
 */
export async function until<T>(
  what: string,
  read: () => T | Promise<T>,
  holds: (value: T) => boolean,
  { within = 30_000, every = 100 }: Patience = {},
): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const seen = await attempt(read);
    if ("value" in seen && holds(seen.value)) return seen.value;
    if (Date.now() >= end) throw new Error(`waited ${within / 1000} s in vain until ${what}; last: ${shown(seen)}`);
    await sleep(every);
  }
}

type Seen<T> = { readonly value: T } | { readonly error: unknown };

async function attempt<T>(read: () => T | Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { error };
  }
}

function shown(seen: Seen<unknown>): string {
  if ("error" in seen) return String(seen.error);
  const text = typeof seen.value === "string" ? seen.value : (JSON.stringify(seen.value) ?? "undefined");
  return text.length > 3_000 ? `${text.slice(0, 3_000)}…` : text;
}

/** The body of an answer; throws for any status but 2xx. */
export async function get(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
  return text;
}

export async function getJson<T>(url: string): Promise<T> {
  return JSON.parse(await get(url)) as T;
}
