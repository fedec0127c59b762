// Progress for editors: operations as `$/progress` of the Language Server Protocol. Sends through a function, so that any
// JSON-RPC connection will do.

import type { MaybePromise, OperationExporter, Snapshot } from "../model.js";
import { hasEnded } from "../status-changes.js";
import { WorkDone, type WorkDoneProgressValue } from "./work-done.js";

export interface LspProgressOptions {
  /** Sends the notification `$/progress`: `(params) => connection.sendNotification("$/progress", params)`. */
  readonly send: (params: { token: string | number; value: WorkDoneProgressValue }) => MaybePromise<unknown>;
  /**
   * The token an operation is told by: its id, for one that the server announces with `create`; the `workDoneToken` of a
   * request that is answered by this operation; undefined when it is not told.
   * @default the id, of operations that are not part of another
   */
  readonly token?: ((operation: Snapshot) => string | number | undefined) | undefined;
  /**
   * Announces a token: `(token) => connection.sendRequest("window/workDoneProgress/create", { token })`, if the client has the
   * capability `window.workDoneProgress`. Nothing is told before it is done, nor when it fails. @default none: tokens are the client's
   */
  readonly create?: ((token: string | number) => MaybePromise<unknown>) | undefined;
  /** Whether editors offer to cancel; then answer `window/workDoneProgress/cancel` with `requestCancel`. @default false */
  readonly cancellable?: boolean | undefined;
}

/** A running operation. */
interface Told {
  readonly token: string | number;
  readonly values: WorkDone;
  /** Until it is announced: what is to be told then. */
  waiting: Snapshot | undefined;
}

const idOfOutermost = ({ id, parentId }: Snapshot) => (parentId === undefined ? id : undefined);

/** Tells what changed, at most once per tick and operation. An operation that is over before it was seen is not told. */
export function lspProgress(options: LspProgressOptions): OperationExporter {
  const { token: tokenOf = idOfOutermost, create, cancellable = false } = options;
  /** Running operations only. */
  const told = new Map<string, Told>();

  const say = ({ token, values }: Told, snapshot: Snapshot): MaybePromise<unknown> => {
    const value = values.next(snapshot, cancellable);
    return value && options.send({ token, value });
  };
  const announce = async (one: Told, first: Snapshot): Promise<void> => {
    await create?.(one.token);
    const latest = one.waiting ?? first;
    one.waiting = undefined;
    // What ended meanwhile has to begin first.
    if (hasEnded(latest)) await say(one, first);
    await say(one, latest);
  };
  const start = (snapshot: Snapshot): MaybePromise<unknown> => {
    const token = hasEnded(snapshot) ? undefined : tokenOf(snapshot);
    if (token === undefined) return undefined;
    const one: Told = { token, values: new WorkDone(), waiting: create && snapshot };
    told.set(snapshot.id, one);
    if (create === undefined) return say(one, snapshot);
    // An editor that refuses is told nothing.
    announce(one, snapshot).catch(() => {});
    return undefined;
  };
  const tell = (snapshot: Snapshot): MaybePromise<unknown> => {
    const one = told.get(snapshot.id);
    if (one === undefined) return start(snapshot);
    if (hasEnded(snapshot)) told.delete(snapshot.id);
    if (one.waiting === undefined) return say(one, snapshot);
    one.waiting = snapshot;
    return undefined;
  };

  /** It ended, and was forgotten, before that could be told. */
  const forget = (id: string): MaybePromise<unknown> => {
    const one = told.get(id);
    told.delete(id);
    return one && one.waiting === undefined && options.send({ token: one.token, value: { kind: "end" } });
  };

  return {
    async export(changed, removed) {
      const said = [...removed.map(async (id) => forget(id)), ...changed.map(async (snapshot) => tell(snapshot))];
      await Promise.all(said);
    },
  };
}
