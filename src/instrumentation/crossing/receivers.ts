// The operations of this instance that a transport receives for, and what it answers to those that come too late. Part of the
// transports inside of one machine: one channel or socket of an instance serves all of its operations.

import type { OwnedOperation, OwnerNotice } from "../../contribution-transport.js";
import type { Diagnostics } from "../../diagnostics.js";
import type { Keys } from "./keys.js";

/** Characters of one message: far more than an honest writer says at once. */
export const MAX_MESSAGE: number = 1024 * 1024;

export class Receivers {
  readonly #operations = new Map<string, OwnedOperation>();
  readonly #keys: Keys;
  readonly #diagnostics: Diagnostics;

  constructor(keys: Keys, diagnostics: Diagnostics) {
    this.#keys = keys;
    this.#diagnostics = diagnostics;
  }

  get size(): number {
    return this.#operations.size;
  }

  add(operation: OwnedOperation): void {
    this.#operations.set(operation.operationId, operation);
  }

  remove(operation: OwnedOperation): void {
    if (this.#operations.get(operation.operationId) === operation) this.#operations.delete(operation.operationId);
  }

  /** The operation that somebody with this key may contribute to. */
  find(operationId: unknown, key: unknown): OwnedOperation | undefined {
    if (!this.#keys.fits(operationId, key)) return undefined;
    const operation = this.#operations.get(operationId as string);
    return operation?.key === key ? operation : undefined;
  }

  /** Whoever has the key of an operation that is over is told so; anybody else hears nothing. */
  tooLate(operationId: unknown, key: unknown): OwnerNotice | undefined {
    if (!this.#keys.fits(operationId, key)) {
      this.#diagnostics.count("contributions_refused");
      return undefined;
    }
    this.#diagnostics.count("late_updates");
    return { version: 1, operationId: operationId as string, key: key as string, ended: true, aborted: [] };
  }

  refuse(): void {
    this.#diagnostics.count("contributions_refused");
  }
}

/** JSON as it came; `undefined` for what is too long or no JSON object. */
export function parseMessage(text: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof text !== "string" || text.length > MAX_MESSAGE) return undefined;
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
