// Observable instruments that several instances of one process share: of two callbacks on an instrument that give the same
// attributes, the SDK keeps the later one. So there is one callback per instrument, which asks every instance and combines.

import type { Attributes, Meter, MeterProvider, ObservableResult } from "@opentelemetry/api";
import { createNoopMeter } from "@opentelemetry/api";

type Instrument = "counter" | "gauge" | "upDownCounter";
export type Observe = (result: Pick<ObservableResult, "observe">) => void;

export interface InstrumentOptions {
  readonly unit: string;
  readonly description: string;
  /** What two instances say of the same attributes together. @default the sum */
  readonly combine?: (a: number, b: number) => number;
}

interface Value {
  readonly attributes: Attributes;
  readonly value: number;
}
type Values = Map<string, Value>;

interface Joined {
  readonly kind: Instrument;
  readonly combine: (a: number, b: number) => number;
  /** By who observes. */
  readonly observers: Map<object, Observe>;
  /** Of a counter: what instances that left had counted; it must not fall. Bounded by the limits on types and causes. */
  past: Values;
}

const sum = (a: number, b: number): number => a + b;

/** One per provider, and gone with it. */
const perProvider = new WeakMap<object, JoinedInstruments>();

/** Those of a provider; undefined for the one of the API that does nothing, which lives as long as the process. */
export function joinedInstruments(provider: MeterProvider, meter: Meter): JoinedInstruments | undefined {
  if (meter === createNoopMeter()) return undefined;
  const joined = perProvider.get(provider) ?? new JoinedInstruments(meter);
  perProvider.set(provider, joined);
  return joined;
}

export class JoinedInstruments {
  readonly #meter: Meter;
  readonly #byName = new Map<string, Joined>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** Lets `owner` observe an instrument, which is made with its first observer. */
  add(owner: object, kind: Instrument, name: string, options: InstrumentOptions, observe: Observe): void {
    const joined = this.#byName.get(name) ?? this.#make(kind, name, options);
    joined.observers.set(owner, observe);
  }

  /** `owner` observes nothing any more; what it had counted stays. */
  remove(owner: object): void {
    for (const joined of this.#byName.values()) {
      const observe = joined.observers.get(owner);
      if (observe === undefined) continue;
      joined.observers.delete(owner);
      if (joined.kind === "counter") joined.past = collect([...given(joined.past), observe], joined.combine);
    }
  }

  #make(kind: Instrument, name: string, { unit, description, combine = sum }: InstrumentOptions): Joined {
    const joined: Joined = { kind, combine, observers: new Map(), past: new Map() };
    this.#byName.set(name, joined);
    const make = {
      counter: () => this.#meter.createObservableCounter(name, { unit, description }),
      gauge: () => this.#meter.createObservableGauge(name, { unit, description }),
      upDownCounter: () => this.#meter.createObservableUpDownCounter(name, { unit, description }),
    };
    make[kind]().addCallback((result) => {
      const observers = [...given(joined.past), ...joined.observers.values()];
      for (const { attributes, value } of collect(observers, combine).values()) result.observe(value, attributes);
    });
    return joined;
  }
}

/** Values as something that observes them. */
const given = (values: Values): Observe[] =>
  values.size === 0
    ? []
    : [
        (result) => {
          for (const { attributes, value } of values.values()) result.observe(value, attributes);
        },
      ];

function collect(observers: readonly Observe[], combine: (a: number, b: number) => number): Values {
  const values: Values = new Map();
  const result = {
    observe(value: number, attributes: Attributes = {}) {
      const key = JSON.stringify(attributes);
      const before = values.get(key);
      values.set(key, { attributes, value: before === undefined ? value : combine(before.value, value) });
    },
  };
  for (const observe of observers) observe(result);
  return values;
}
