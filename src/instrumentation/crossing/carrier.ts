// Carriers as plain text: written where an operation is, read where work for it is done. What arrives is untrusted.

import { createTraceState, isSpanContextValid, type SpanContext } from "@opentelemetry/api";
import type { Carrier } from "../../model.js";

/** What a carrier says of the operation or level that it was made of. */
export interface Target {
  readonly operationId: string;
  readonly operationType: string;
  /** Both absent when it was made of the operation itself. */
  readonly levelId?: string | undefined;
  readonly levelType?: string | undefined;
  /** Of the owner. */
  readonly instance: string;
  readonly key: string;
  /** Where the owner is reached, best first: name of the transport and its address. */
  readonly addresses: readonly (readonly [transport: string, address: string])[];
}

export interface ReadCarrier {
  readonly span: SpanContext | undefined;
  readonly target: Target | undefined;
  /** It says something of an operation, but nothing that can be understood. */
  readonly wrong: boolean;
}

/** A carrier, or anything that came with its fields: the headers of a request. */
export type CarrierLike = Carrier | Readonly<Record<string, string | readonly string[] | undefined>>;

const VERSION = "1";
const MAX_LENGTH = 4_096;
const MAX_FIELD = 256;
const MAX_ADDRESSES = 8;
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** For work that is not tracked: the trace alone. */
export function traceCarrier(span: SpanContext | undefined, progress = ""): Carrier {
  if (span === undefined || !isSpanContextValid(span)) return Object.freeze({ progress });
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, "0");
  const state = span.traceState?.serialize();
  return Object.freeze({
    traceparent: `00-${span.traceId}-${span.spanId}-${flags}`,
    ...(state && { tracestate: state }),
    progress,
  });
}

/** As text that may stand in a header; addresses that make it too long are left out. */
export function encodeTarget(target: Target): string {
  const { operationId, operationType, levelId, levelType, instance, key, addresses } = target;
  const fields = new URLSearchParams({ v: VERSION, op: operationId, type: operationType, in: instance, key });
  if (levelId !== undefined) fields.set("level", levelId);
  if (levelType !== undefined) fields.set("kind", levelType);
  let text = String(fields);
  for (const [transport, address] of addresses) {
    const longer = `${text}&${new URLSearchParams({ at: `${transport}:${address}` })}`;
    if (longer.length <= MAX_LENGTH) text = longer;
  }
  return text.length <= MAX_LENGTH ? text : "";
}

export function readCarrier(given: unknown): ReadCarrier {
  const fields = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  const text = first(fields["progress"]);
  const target = text === undefined ? undefined : readTarget(text);
  const said = fields["progress"] !== undefined && fields["progress"] !== "";
  return {
    span: readSpan(first(fields["traceparent"]), first(fields["tracestate"])),
    target,
    wrong: fields !== given || (said && target === undefined),
  };
}

function readTarget(text: string): Target | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const fields = new URLSearchParams(text);
  const get = (name: string) => fields.get(name) ?? "";
  const [operationId, operationType, instance, key] = [get("op"), get("type"), get("in"), get("key")];
  const [levelId, levelType] = [fields.get("level") ?? undefined, fields.get("kind") ?? undefined];
  const addresses = fields.getAll("at").slice(0, MAX_ADDRESSES).map(readAddress);
  const needed = [operationId, operationType, instance, key, levelId ?? "level", levelType ?? "kind"];
  const fits = needed.every((field) => field.length > 0 && field.length <= MAX_FIELD);
  const paired = (levelId === undefined) === (levelType === undefined);
  if (fields.get("v") !== VERSION || !fits || !paired) return undefined;
  const known = addresses.filter((address) => address !== undefined);
  return { operationId, operationType, levelId, levelType, instance, key, addresses: known };
}

function readAddress(text: string): readonly [string, string] | undefined {
  const at = text.indexOf(":");
  return at > 0 && text.length <= MAX_FIELD + at ? [text.slice(0, at), text.slice(at + 1)] : undefined;
}

/** W3C Trace Context, level 1; of later versions what is known of them. */
function readSpan(traceparent: string | undefined, tracestate: string | undefined): SpanContext | undefined {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || (version === "00" && rest !== undefined)) return undefined;
  const span: SpanContext = { traceId, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16), isRemote: true };
  if (!isSpanContextValid(span)) return undefined;
  return tracestate === undefined || tracestate.length > 512
    ? span
    : { ...span, traceState: createTraceState(tracestate) };
}

/** A header may have come more than once. */
function first(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === "string" && one !== "" ? one : undefined;
}
