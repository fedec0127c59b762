// Who may contribute to an operation: who was given a carrier of it. Keys are made of a secret of this instance, so that nothing
// has to be kept to know one again, not even that of an operation that is long over.

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

export class Keys {
  readonly #secret = randomBytes(32);

  /** A new one every time: an id may be used again, by an operation that the carriers of the one before are not for. */
  make(operationId: string): string {
    const nonce = randomBytes(9).toString("base64url");
    return `${nonce}.${this.#digest(operationId, nonce).toString("base64url")}`;
  }

  /** Whether it was made here for an operation of that id; the time it takes says nothing about how a right one looks. */
  fits(operationId: unknown, key: unknown): boolean {
    if (typeof operationId !== "string" || typeof key !== "string" || key.length > 128) return false;
    const [nonce, digest] = key.split(".", 2);
    const given = Buffer.from(digest ?? "", "base64url");
    const right = this.#digest(operationId, nonce!);
    return given.length === right.length && timingSafeEqual(given, right);
  }

  #digest(operationId: string, nonce: string): Buffer {
    return createHmac("sha256", this.#secret)
      .update(JSON.stringify([operationId, nonce]))
      .digest();
  }
}
