// The hooks. Each says what it wants as a question and shows the state of the feed that answers it; see feeds.ts.

import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { systemClock } from "../../clock.js";
import { describe, expectedButReceived } from "../../errors.js";
import type { ListOptions, Snapshot, StageInfo } from "../../model.js";
import { rowOfSnapshot, select } from "../../state/selection.js";
import { createHttpSource } from "../http-source.js";
import { endedErrorOf } from "./ended-error.js";
import { CONNECTING, type FeedState, IDLE } from "./feed.js";
import { Feeds } from "./feeds.js";
import { type Connection, type PlaceOptions, type Question, questionOf } from "./question.js";

/** What the hooks need of a definition; `defineOperation` gives it. */
export interface PipelineDefinition<S extends string = string> {
  readonly type: string;
  readonly stages: readonly StageInfo<S>[];
}
type Completed<S extends string> = Extract<Snapshot<S>, { status: "completed" }>;
export interface UseProgressOptions<S extends string = string> extends PlaceOptions {
  /** What kind of operation it is: `snapshot.stage` is one of its stages then. */
  readonly definition?: PipelineDefinition<S> | undefined;
  /** Called once when it completed, also if it had before the component was there. */
  readonly onComplete?: ((snapshot: Completed<S>) => void) | undefined;
  /** Called once when it ended otherwise (an OperationEndedError), and once for each time that the connection is lost. */
  readonly onError?: ((error: Error) => void) | undefined;
}
export interface UseProgressResult<S extends string = string> {
  /** The latest that is known; undefined before anything is, and while there is no such operation. */
  readonly snapshot: Snapshot<S> | undefined;
  /** `closed` once the operation has ended. */
  readonly connection: Connection;
  /** Why there is no result: it ended without one (an OperationEndedError), or the connection is away. */
  readonly error: Error | undefined;
}
export interface UseOperationsResult {
  readonly operations: readonly Snapshot[];
  readonly connection: Connection;
  readonly error: Error | undefined;
}

/** Shared by all components of a page. */
const feeds: Feeds = new Feeds((url, token) => createHttpSource({ url, token }), systemClock);

/** Follows one operation; none while `id` is undefined. Throws ProgressError INVALID_OPTION for an interval that is none. */
export function useProgress<S extends string = string>(
  id: string | undefined,
  options: UseProgressOptions<S> = {},
): UseProgressResult<S> {
  const { definition, onComplete, onError } = options;
  const question = id === undefined ? undefined : questionOf({ id }, options);
  const { operations, connection, error: away } = useFeed(question);
  /** What it is about, whoever asks and however often. */
  const subject = question && feeds.keyOf({ ...question, token: undefined, pollMillis: undefined });
  const found = useKept(subject, id === undefined ? undefined : operations.get(id), connection);
  const misfit = useMisfit(found, definition?.type);
  const snapshot = misfit === undefined ? (found as Snapshot<S> | undefined) : undefined;
  const ended = useMemo(() => endedErrorOf(snapshot), [snapshot]);
  const error = misfit ?? ended ?? away;
  const run = `${subject} ${snapshot?.startedAt}`;
  const { status } = snapshot ?? {};
  useOnce(status === "completed" ? run : undefined, () => onComplete?.(snapshot as Completed<S>));
  useOnce(ended === undefined ? error : run, () => onError?.(error!));
  return { snapshot, connection, error };
}

/** Follows all operations that pass the filter, in order: as `list`, at most 100 unless told. */
export function useOperations(filter: ListOptions = {}, place: PlaceOptions = {}): UseOperationsResult {
  const { operations, connection, error } = useFeed(questionOf(filter, place));
  const { limit, sort } = filter;
  const shown = useMemo(() => select(operations.values(), rowOfSnapshot, { limit, sort }), [operations, limit, sort]);
  return { operations: shown, connection, error };
}

/** The stages of a definition in order, with label and percent range. */
export function usePipelineStages<S extends string>(definition: PipelineDefinition<S>): readonly StageInfo<S>[] {
  return definition.stages;
}

function useFeed(question: Question | undefined): FeedState {
  const key = question && feeds.keyOf(question);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that is in the question
  const subscribe = useCallback(
    (listener: () => void) => (question === undefined ? () => {} : feeds.subscribe(key!, question, listener)),
    [key],
  );
  const state = () => (key === undefined ? IDLE : feeds.state(key));
  return useSyncExternalStore(subscribe, state, () => (key === undefined ? IDLE : CONNECTING));
}

/** A new token opens a new stream: until it says something, what the one before said is shown. */
function useKept(subject: string | undefined, snapshot: Snapshot | undefined, connection: Connection) {
  const last = useRef<{ readonly subject: string | undefined; readonly snapshot: Snapshot | undefined }>(undefined);
  const kept = connection === "connecting" && last.current?.subject === subject ? last.current?.snapshot : snapshot;
  useEffect(() => {
    last.current = { subject, snapshot: kept };
  }, [subject, kept]);
  return kept;
}

/** An operation of another type has stages that the definition does not know. */
function useMisfit(found: Snapshot | undefined, expected: string | undefined): Error | undefined {
  const [id, received] = [found?.id, found?.type];
  return useMemo(
    () =>
      received === undefined || expected === undefined || received === expected
        ? undefined
        : expectedButReceived("INVALID_OPTION", `operation ${id}`, `one of type ${describe(expected)}`, received),
    [id, received, expected],
  );
}

/** Calls `tell` once for each cause, in a component that is mounted twice to try it out as well. */
function useOnce(cause: string | Error | undefined, tell: () => void): void {
  const told = useRef({ runs: new Set<string>(), errors: new WeakSet<Error>() });
  useEffect(() => {
    const { runs, errors } = told.current;
    if (cause === undefined || (typeof cause === "string" ? runs.has(cause) : errors.has(cause))) return;
    if (typeof cause === "string") runs.add(cause);
    else errors.add(cause);
    tell();
  });
}
