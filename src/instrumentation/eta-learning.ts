// The history of remaining times of an instance: which store it has, when it is read, taught and written.

import { EtaHistory, type EtaStore, profileKey } from "../eta-history.js";
import { runOf } from "../state/forecasts.js";
import type { Core } from "./core.js";
import { EtaFile } from "./eta-file.js";
import type { Handle } from "./handle.js";
import { atExit } from "./process-exit.js";

export function createEtaHistory({
  settings,
  diagnostics,
  state,
}: Pick<Core, "settings" | "diagnostics" | "state">): EtaHistory {
  const { etaHistory } = settings;
  const store: EtaStore | undefined =
    typeof etaHistory === "string" ? new EtaFile(etaHistory, diagnostics) : etaHistory;
  const history = new EtaHistory(store, diagnostics);
  state.kinds.onKind = ({ type, level, tally }) => history.load(profileKey(type, level), tally);
  return history;
}

/** Writes what was learned last when the process exits, as far as the store answers at once. Returns what ends that. */
export function saveAtExit({ settings, etaHistory }: Core): () => void {
  return settings.etaHistory === undefined ? () => {} : atExit(() => void etaHistory.save());
}

/** It completed. Types beyond the limit, which share one tally, teach nothing. */
export function learnFrom(handle: Handle): void {
  const { kind, core } = handle;
  const { state, etaHistory, settings } = core;
  if (state.kinds.countedAs(kind) !== kind) return;
  const run = runOf(handle, settings.clock.epochMillis());
  if (run !== undefined) etaHistory.learn(profileKey(kind.type, kind.level), kind.tally, run);
}
