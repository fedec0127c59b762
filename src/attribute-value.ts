// What OpenTelemetry attributes may hold here. Newer versions of its API let spans carry any value, nested ones too.

import type { Attributes, AttributeValue } from "./model.js";

export function isAttributeValue(value: unknown): value is AttributeValue {
  if (Array.isArray(value)) return value.every((item) => item == null || isPrimitive(item));
  return isPrimitive(value);
}

/** A copy of what a span holds, without what is not an attribute value. */
export function attributesOf(values: Readonly<Record<string, unknown>>): Attributes {
  const kept: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(values)) if (isAttributeValue(value)) kept[name] = value;
  return kept;
}

const isPrimitive = (value: unknown): boolean => ["string", "number", "boolean"].includes(typeof value);
