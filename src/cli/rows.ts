// Operations as rows of a table: what a column is called, what stands in it, and which goes first in a narrow window.

import { formatDuration, formatPercentage, formatProgress, formatRate } from "../format.js";
import type { Snapshot, Status } from "../model.js";
import { oneLine } from "./output.js";
import type { Column } from "./table.js";

const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const DIM = 2;
const COLORS: Readonly<Record<Status, number | undefined>> = {
  pending: DIM,
  running: undefined,
  paused: YELLOW,
  completed: GREEN,
  failed: RED,
  cancelled: YELLOW,
  lost: RED,
};

const stalledOf = (snapshot: Snapshot) => ("stalled" in snapshot ? snapshot.stalled : undefined);
const ID: Column<Snapshot> = { title: "ID", text: ({ id }) => oneLine(id), least: 20, rank: 1 };
const NAME: Column<Snapshot> = { title: "NAME", text: ({ name }) => oneLine(name), least: 12, wanted: 24, rank: 2 };
const TYPE: Column<Snapshot> = { title: "TYPE", text: ({ type }) => oneLine(type), least: 8, rank: 8 };
const STATUS: Column<Snapshot> = {
  title: "STATUS",
  text: (snapshot) => {
    const stalled = stalledOf(snapshot);
    return stalled === undefined ? snapshot.status : `stalled ${formatDuration(stalled.seconds)}`;
  },
  color: (snapshot) => (stalledOf(snapshot) === undefined ? COLORS[snapshot.status] : YELLOW),
};
const DONE: Column<Snapshot> = {
  title: "DONE",
  right: true,
  text: ({ percentage, estimated, coverage }) => {
    const mark = estimated ? "~" : coverage === undefined || percentage === undefined ? "" : ">";
    return `${percentage === undefined ? "" : mark}${formatPercentage(percentage)}`;
  },
};
const ITEMS: Column<Snapshot> = {
  title: "ITEMS",
  text: ({ current, total, unit }) => formatProgress(current, total, unit),
  rank: 5,
};
const RATE: Column<Snapshot> = {
  title: "RATE",
  text: (snapshot) => (stalledOf(snapshot) === undefined ? formatRate(snapshot.rate, snapshot.unit) : ""),
  rank: 7,
};
const TIME: Column<Snapshot> = {
  title: "TIME",
  right: true,
  text: ({ elapsedSeconds }) => formatDuration(elapsedSeconds),
};
const LEFT: Column<Snapshot> = {
  title: "LEFT",
  right: true,
  text: ({ eta }) => (eta === undefined ? "" : formatDuration(eta.seconds)),
};
const NOTE: Column<Snapshot> = {
  title: "NOTE",
  text: (snapshot) => oneLine(noteOf(snapshot)),
  color: (snapshot) => (snapshot.status === "failed" ? RED : DIM),
  least: 10,
  rank: 9,
};
const STARTED: Column<Snapshot> = {
  title: "STARTED (UTC)",
  text: ({ startedAt = "" }) => startedAt.slice(0, 19).replace("T", " "),
  color: () => DIM,
  rank: 6,
};

/** What somebody would want to know next: why it ended, or what it does. */
function noteOf(snapshot: Snapshot): string {
  if (snapshot.status === "failed") return snapshot.error.message;
  if (snapshot.status === "completed") return "";
  const reason = "reason" in snapshot ? snapshot.reason : undefined;
  return reason ?? [snapshot.stage, snapshot.message].filter((part) => part !== undefined && part !== "").join(": ");
}

/** Of `list`. */
export const LIST_COLUMNS: readonly Column<Snapshot>[] = [ID, NAME, TYPE, STATUS, DONE, ITEMS, RATE, TIME, LEFT, NOTE];
/** Of `history`. */
export const HISTORY_COLUMNS: readonly Column<Snapshot>[] = [ID, NAME, TYPE, STATUS, DONE, ITEMS, STARTED, TIME, NOTE];
