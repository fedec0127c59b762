// Attributes as strangers may see them: of the operation, of its levels, and of the spans it waits on.

import type { Attributes, LevelSnapshot, Snapshot, Stalled } from "../model.js";

/** Gives the attributes that may leave. What it throws on leaves without any. */
export type Redact = (attributes: Attributes) => Attributes;
export type RedactSnapshot = (snapshot: Snapshot) => Snapshot;

const NONE: Attributes = Object.freeze({});

export function createRedactor(redact: Redact | undefined): RedactSnapshot {
  if (redact === undefined) return (snapshot) => snapshot;
  const safely: Redact = (attributes) => {
    try {
      return redact(attributes) ?? NONE;
    } catch {
      return NONE;
    }
  };
  const of = <T extends Snapshot | LevelSnapshot>(snapshot: T): T => ({
    ...snapshot,
    attributes: safely(snapshot.attributes),
    levels: snapshot.levels.map(of),
    ...("stalled" in snapshot && snapshot.stalled !== undefined && { stalled: stalled(snapshot.stalled, safely) }),
  });
  return of;
}

const stalled = (value: Stalled, redact: Redact): Stalled => ({
  ...value,
  waitingOn: value.waitingOn.map((span) => ({ ...span, attributes: redact(span.attributes) })),
});
