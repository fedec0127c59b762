// One value among the tags of a span: of the type it is taken for, within its bounds, or undefined.

import { clip } from "../../format.js";
import type { Attributes } from "../../model.js";

/** Characters of a text; the most an instance may be told to keep (`limits.textLength`). */
export const MAX_TEXT = 65_536;
/** Characters of an id, a type, a name. */
export const MAX_NAME = 256;
const MAX_NUMBER = Number.MAX_SAFE_INTEGER;

export type Value = string | number | boolean;
export type Values = ReadonlyMap<string, Value>;

export function nameOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? clip(value, MAX_NAME) : undefined;
}

export function textOf(values: Values, name: string): string | undefined {
  const value = values.get(name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What may be counted: from 0 on, as far as it stays exact. */
export function countOf(values: Values, name: string): number | undefined {
  const value = values.get(name);
  return typeof value === "number" && value >= 0 && value <= MAX_NUMBER ? value : undefined;
}

/** 0 to 1. */
export function ratioOf(values: Values, name: string): number | undefined {
  const value = countOf(values, name);
  return value !== undefined && value <= 1 ? value : undefined;
}

const OURS = /^(progress|otel|sampler)\.|^(error|error\.type|span\.kind|internal\.span\.format|w3c\.tracestate)$/;

/** What users set, beside our own names and those that Jaeger adds. Lists come as their JSON text. */
export function userAttributes(tags: Values): Attributes {
  return Object.freeze(Object.fromEntries([...tags].filter(([name]) => !OURS.test(name))));
}

export function timeOf(micros: number): string {
  return new Date(Math.floor(micros / 1000)).toISOString();
}

/** The field, where it is known. */
export function defined<K extends string, V>(name: K, value: V | undefined): { readonly [N in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: V };
}
