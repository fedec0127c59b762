// createProgress: how the parts of an instance are put together, and the verbs on the instance. Read this first.

import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { diag } from "@opentelemetry/api";
import { afterThisTurn, systemClock } from "../clock.js";
import type { ContributionTransport } from "../contribution-transport.js";
import { Diagnostics } from "../diagnostics.js";
import { checkMethods, expectedButReceived, type ProgressError } from "../errors.js";
import { emits } from "../granularity.js";
import type { EventName, Instance, OperationExporter, ProgressEvent } from "../model.js";
import { Publisher } from "../publisher.js";
import { LiveState } from "../state/live-state.js";
import { Sampler } from "../state/sampler.js";
import { snapshotOperation } from "../state/snapshot.js";
import type { UsageSample } from "../state/usage.js";
import { statusChangesOnly } from "../status-changes.js";
import { VERSION } from "../version.js";
import { Cleaner } from "./clean.js";
import { outside, Scopes } from "./context.js";
import { attachCore, type Core } from "./core.js";
import type { CarrierLike } from "./crossing/carrier.js";
import { Crossing } from "./crossing/crossing.js";
import { ProcessTransport } from "./crossing/process-transport.js";
import { ThreadTransport } from "./crossing/thread-transport.js";
import { type Definition, isDefinition, type OperationOf } from "./definition.js";
import { createEtaHistory, saveAtExit } from "./eta-learning.js";
import { hostOf } from "./exporter-host.js";
import { Handle } from "./handle.js";
import type { Operation, OperationOptions, Outcome, Scope, Scoped } from "./handles.js";
import { LostSpans } from "./journal/lost-spans.js";
import { startJournal } from "./journal/start.js";
import { createLiveSource, type LiveSource } from "./live.js";
import { Instruments } from "./metrics.js";
import { type OperationType, startOperation } from "./operations.js";
import { type ProgressOptions, readSettings } from "./options.js";
import { atExit } from "./process-exit.js";
import { sampleUsage } from "./process-usage.js";
import { runScoped, type ScopedArguments, scopedArguments } from "./scoped.js";
import { SpanOwnership } from "./span-ownership.js";
import { SpanRecorder } from "./span-recorder.js";
import { StrictHandle } from "./strict-handle.js";
import { Subscribers } from "./subscribers.js";
import type { SubscribeOptions } from "./subscription.js";
import { type Countable, trackOperation } from "./track.js";
import { handleRecovery, handleVerdict } from "./verdicts.js";

export interface Progress {
  /** Runs `fn` as an operation: ends with it, passes its result through, rethrows its error unchanged. */
  operation<D extends string | Definition, T = never, R = never>(
    type: D,
    fn: Scoped<OperationOf<D>, T, R>,
  ): Outcome<T, R>;
  operation<D extends string | Definition, T = never, R = never>(
    type: D,
    options: OperationOptions,
    fn: Scoped<OperationOf<D>, T, R>,
  ): Outcome<T, R>;
  /** Starts an operation that you end. `using` ends it as failed (UNFINISHED) if nobody did. */
  start<D extends string | Definition>(type: D, options?: OperationOptions): OperationOf<D>;
  /** An operation around a loop. Ends with the loop: completed, failed, or cancelled by `break`. */
  track<T>(type: string | Definition, items: Iterable<T> & object, options?: OperationOptions): IterableIterator<T>;
  track<T>(type: string | Definition, items: AsyncIterable<T>, options?: OperationOptions): AsyncIterableIterator<T>;
  /** The innermost operation or level around the caller that has not ended. */
  getActive(): Scope | undefined;
  /** The handle of a running operation of this process. */
  handle(id: string): Operation | undefined;
  handle<D extends Definition>(definition: D, id: string): OperationOf<D> | undefined;
  /**
   * Runs `fn` as work for the operation or level that a carrier was made of, in whatever process that is: what it counts and the
   * levels it begins count there, its spans are children of the carrier's. What the carrier cannot do, because it is none or its
   * owner cannot be reached, is counted; `fn` runs all the same. Passes its result through, rethrows its error unchanged.
   */
  join<T = never, R = never>(carrier: CarrierLike, fn: Scoped<Scope, T, R>): Outcome<T, R>;
  readonly live: LiveSource;
  /**
   * Calls `listener` on events, never from inside the call that caused them. Returns what unsubscribes. Throws ProgressError
   * INVALID_OPTION for what is no function, and for events and a granularity that do not exist.
   */
  subscribe<const E extends EventName = EventName>(
    listener: (event: ProgressEvent<E>) => void,
    options?: SubscribeOptions<E>,
  ): () => void;
  /** Feeds an exporter from now on, the present state first. Returns what removes it. Throws ProgressError INVALID_OPTION for what is none. */
  addExporter(exporter: OperationExporter): () => void;
  /** One more way between carriers and their owners: a queue's, a machine's. Returns what removes it. */
  addTransport(transport: ContributionTransport): () => void;
  /** Hands everything that changed to the exporters and to the owners of joined operations, and waits for them, at most five seconds each step. */
  forceFlush(): Promise<void>;
  /** Flushes and ends the exporters and stops the timer. */
  shutdown(): Promise<void>;
}

/** An independent instance. Throws ProgressError INVALID_OPTION for bad options; after that nothing throws into your work. */
export function createProgress(options: ProgressOptions = {}): Progress & AsyncDisposable {
  if (typeof options !== "object" || options === null)
    throw expectedButReceived("INVALID_OPTION", "createProgress", "an object with options", options);
  return createInstance(options);
}

/** What tests replace to be exact. */
export interface Fixtures {
  readonly instance?: Instance;
  readonly newId?: () => string;
  readonly misused?: (error: ProgressError) => void;
  readonly sampleUsage?: (now: number) => UsageSample;
}

export function createInstance(options: ProgressOptions, fixtures: Fixtures = {}): Progress & AsyncDisposable {
  const core = createCore(options, fixtures);
  const { cleaner, subscribers, publisher, scopes, state, sampler } = core;
  const live = createLiveSource(core);
  const removers = new Set<() => void>();

  const addExporter = (exporter: OperationExporter): (() => void) => {
    checkMethods("exporter", exporter, ["export"]);
    exporter.connect?.(hostOf(core));
    const all = emits(core.settings.granularity, "update");
    const remove = publisher.add(all ? exporter : statusChangesOnly(exporter), -1, { ownOnly: true });
    const forget = exporter.synchronous === true ? atExit(() => sampler.tick("inside")) : () => {};
    const both = () => {
      remove();
      forget();
      removers.delete(both);
    };
    removers.add(both);
    return both;
  };
  const addTransport = (transport: ContributionTransport): (() => void) => {
    checkMethods("transport", transport, ["own", "join"]);
    return core.crossing.add(transport);
  };
  const flush = async (how: "forceFlush" | "shutdown"): Promise<void> => {
    core.crossing.drain();
    sampler.tick("timer");
    await Promise.all([publisher[how](), core.crossing[how](), core.etaHistory.save()]);
  };
  const shutdown = async () => {
    await flush("shutdown");
    for (const remove of removers) remove();
    stopJournal?.();
    forgetEtaHistory();
    core.instruments.leave();
    sampler.stop();
  };

  const progress = {
    operation: (type: OperationType, ...rest: ScopedArguments<OperationOptions, Operation, unknown, unknown>) => {
      const [given, fn] = scopedArguments(rest);
      return runScoped(startOperation(core, type, given), fn);
    },
    start: (type: OperationType, given?: OperationOptions) => startOperation(core, type, given ?? {}),
    track: <T>(type: OperationType, items: Countable<T>, given?: OperationOptions) =>
      trackOperation((sized) => startOperation(core, type, sized), items, given ?? {}),
    getActive: () => scopes.active(),
    handle: (given: string | Definition, id?: string) => {
      const entry = state.getActive(cleaner.id(isDefinition(given) ? id : given));
      if (entry?.elsewhere === true) return undefined;
      return !isDefinition(given) || entry?.kind.type === given.type ? entry : undefined;
    },
    join: (carrier: CarrierLike, fn: Scoped<Scope, unknown, unknown>) => core.crossing.join(carrier, fn),
    live,
    subscribe: <E extends EventName>(listener: (event: ProgressEvent<E>) => void, given?: SubscribeOptions<E>) =>
      subscribers.add(listener, given ?? {}),
    addExporter,
    addTransport,
    forceFlush: () => flush("forceFlush"),
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  } as unknown as Progress & AsyncDisposable;
  attachCore(progress, core);
  for (const definition of options.definitions ?? []) state.kinds.operation(definition.type).plan = definition.plan;
  for (const exporter of options.exporters ?? []) addExporter(exporter);
  const forgetEtaHistory = saveAtExit(core);
  const { enabled, journal } = core.settings;
  const stopJournal = enabled && journal !== undefined ? startJournal(core, journal) : undefined;
  return progress;
}

function createCore(options: ProgressOptions, fixtures: Fixtures): Core {
  const diagnostics = new Diagnostics(diag, options.strict === true, fixtures.misused);
  const settings = readSettings(options, process.env, diagnostics);
  const { limits, clock } = settings;
  const state = new LiveState(clock, diagnostics, limits);
  const subscribers = new Subscribers(diagnostics, limits.subscribers, settings.granularity, (feed) =>
    publisher.add(feed, state.stamp()),
  );
  const instance = Object.freeze(
    fixtures.instance ?? { id: randomBytes(8).toString("hex"), host: hostname(), pid: process.pid },
  );
  const snapshotContext = () => ({
    now: clock.monotonicMillis(),
    instance,
    inFlight: state.inFlight,
    usage: state.usage,
  });
  const publisher: Publisher = new Publisher(
    state,
    (entry) => snapshotOperation(entry, snapshotContext()),
    () => clock.monotonicMillis(),
  );
  const recorder = new SpanRecorder({
    version: VERSION,
    events: settings.events,
    granularity: settings.granularity,
    updates: settings.eventsPerSpan,
    levelSpans: limits.levelSpans,
  });
  /** The application may start or change its SDK at any time. */
  const refresh = () => {
    instruments.ensure();
    recorder.refresh();
  };
  // By a clock of one's own, CPU time per time would mean nothing.
  const sample = fixtures.sampleUsage ?? (clock === systemClock ? sampleUsage : undefined);
  const look = () => {
    if (sample === undefined) return;
    // Without a free file descriptor, for one, the memory cannot be read.
    state.usage = diagnostics.safely("internal_errors", "a look at the process", () => sample(clock.monotonicMillis()));
  };
  const sampler: Sampler = new Sampler(
    state,
    {
      intervalMillis: settings.intervalMillis,
      due: { ...settings.timeLimits, checkpointAfter: settings.checkpointAfter },
      points: settings.eventsPerSpan - 1,
    },
    {
      woke() {
        refresh();
        look();
      },
      ticked(stamp, drive) {
        refresh();
        look();
        core.journal?.tick(clock.monotonicMillis());
        core.etaHistory.tick(clock.monotonicMillis());
        outside(() => {
          publisher.publish(stamp, drive);
          core.crossing.tick(drive);
        });
      },
      due: (entry, verdict) => handleVerdict(entry as Handle, verdict),
      recovered: (entry) => handleRecovery(entry as Handle),
      quiet: () => publisher.quiet && core.journal?.quiet !== false && core.crossing.quiet && core.etaHistory.quiet,
    },
  );
  const instruments: Instruments = new Instruments(state, VERSION, () => sampler.tick("inside"));
  const HandleClass = settings.strict ? StrictHandle : Handle;
  // Joined once: a template would make two strings of every id.
  const prefix = `${instance.id}-`;
  let started = 0;
  let flushing = false;
  const core = {
    settings,
    diagnostics,
    cleaner: new Cleaner(limits, diagnostics),
    instance,
    state,
    sampler,
    publisher,
    recorder,
    ownership: new SpanOwnership(diagnostics),
    instruments,
    scopes: new Scopes(),
    etaHistory: createEtaHistory({ settings, diagnostics, state }),
    lostSpans: new LostSpans(diagnostics, clock),
    journal: undefined,
    subscribers,
    newHandle: (kind, id, parent, name, unit) => new HandleClass(core, kind, id, parent, name, unit),
    newId: fixtures.newId ?? (() => prefix + (++started).toString(36)),
    endedSoon() {
      if (flushing || publisher.idle) return;
      flushing = true;
      afterThisTurn(() => {
        flushing = false;
        sampler.tick("timer");
      }, "hold");
    },
    snapshotContext,
  } as Omit<Core, "crossing"> as Core;
  core.crossing = new Crossing(core, process.env["PROGRESS_CARRIER"]);
  core.crossing.add(new ProcessTransport(core.crossing.keys, diagnostics));
  core.crossing.add(new ThreadTransport(core.crossing.keys, diagnostics));
  return core;
}
