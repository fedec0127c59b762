// Which rows there are, in which order, below which: from what is held and what was chosen. Pure.

import type { LevelSnapshot, Snapshot } from "../../../model.js";
import { type Choices, sinceMillis } from "./choices.js";
import { ageOf, type Held } from "./store.js";
import { type Shown, toneOf } from "./wording.js";

/** One row: an operation or a level, and what is shown below it. */
export interface Node {
  /** Unique among its siblings. */
  readonly key: string;
  readonly shown: Shown;
  readonly operation: Snapshot | undefined;
  /** Server time at which the snapshot came, and seconds since then. */
  readonly arrived: number;
  readonly age: number;
  readonly open: boolean;
  readonly parts: readonly Node[];
  /** Parts that are not among them, in words: "and 12 more: 10 completed, 2 pending". */
  readonly more: string;
}

/** Rows of one section: those shown, how many are under way, and how many are not shown. */
interface Group {
  readonly nodes: readonly Node[];
  readonly count: number;
  readonly more: number;
}

export interface Arranged {
  readonly attention: Group;
  readonly running: Group;
  /** Under way, whatever was chosen. */
  readonly types: readonly string[];
}

/** Parts shown under a closed row, and under an open one. */
const CLOSED_PARTS = 3;
const OPEN_PARTS = 50;
const CLOSED_DEPTH = 2;
/** Lost operations older than a day are history. */
const LOST_MILLIS = 86_400_000;

interface Tree {
  readonly held: Held;
  readonly children: Tree[];
}

export function arrange(held: ReadonlyMap<string, Held>, choices: Choices, now: number, most: number): Arranged {
  const recent = [...held.values()].filter((one) => isRecent(one, now));
  const roots = treesOf(recent).filter((tree) => passes(tree, choices, now));
  const urgent = roots.filter(isUrgent).sort((a, b) => urgencyOf(b, now) - urgencyOf(a, now));
  const calm = roots.filter((tree) => !isUrgent(tree));
  calm.sort(oldestFirst);
  const group = (trees: readonly Tree[]): Group => ({
    nodes: trees.slice(0, most).map((tree) => operationNode(tree, choices, now, 0)),
    count: trees.filter(({ held: { leftAt } }) => leftAt === undefined).length,
    more: Math.max(0, trees.length - most),
  });
  return {
    attention: group(urgent),
    running: group(calm),
    types: [...new Set(recent.map(({ snapshot }) => snapshot.type))].sort(),
  };
}

function isRecent({ snapshot, arrived, at }: Held, now: number): boolean {
  return snapshot.status !== "lost" || arrived + (now - at) - Date.parse(snapshot.lastSeenAt) < LOST_MILLIS;
}

/** An operation is below its parent where that is known. */
function treesOf(all: readonly Held[]): Tree[] {
  const trees = new Map(all.map((held) => [held.snapshot.id, { held, children: [] as Tree[] }]));
  const roots: Tree[] = [];
  for (const tree of trees.values()) {
    const { id, parentId } = tree.held.snapshot;
    const parent = parentId === undefined || parentId === id ? undefined : trees.get(parentId);
    (parent?.children ?? roots).push(tree);
  }
  for (const tree of trees.values()) tree.children.sort(oldestFirst);
  return roots;
}

/** Long work stays where it is; what comes and goes does so below it. */
function oldestFirst(a: Tree, b: Tree): number {
  const [left, right] = [a, b].map(({ held: { snapshot } }) => snapshot.startedAt ?? snapshot.updatedAt) as [
    string,
    string,
  ];
  if (left !== right) return left < right ? -1 : 1;
  return a.held.snapshot.id < b.held.snapshot.id ? -1 : 1;
}

const some = (tree: Tree, test: (held: Held) => boolean): boolean =>
  test(tree.held) || tree.children.some((child) => some(child, test));

const needsSomebody = ({ snapshot }: Held): boolean => ["stalled", "lost"].includes(toneOf(snapshot));
const isUrgent = (tree: Tree): boolean => some(tree, needsSomebody);

/** Seconds for which it stands still; lost ones, of which nothing will come, behind those. */
function urgencyOf({ held, children }: Tree, now: number): number {
  const { snapshot } = held;
  const own =
    "stalled" in snapshot && snapshot.stalled
      ? snapshot.stalled.seconds + ageOf(held, now)
      : snapshot.status === "lost"
        ? -1 / Math.max(1, Date.parse(snapshot.lastSeenAt))
        : Number.NEGATIVE_INFINITY;
  return Math.max(own, ...children.map((child) => urgencyOf(child, now)));
}

function passes(tree: Tree, choices: Choices, now: number): boolean {
  const text = choices.text.toLowerCase();
  const since = sinceMillis(choices);
  return some(tree, ({ snapshot, arrived, at }) => {
    const started = Date.parse(snapshot.startedAt ?? snapshot.updatedAt);
    if (since !== undefined && started < arrived + (now - at) - since) return false;
    if (choices.type !== "" && snapshot.type !== choices.type) return false;
    if (choices.show === "lost" && snapshot.status !== "lost") return false;
    if (choices.show === "running" && snapshot.status === "lost") return false;
    if (text === "") return true;
    const { id, type, name, message } = snapshot;
    return [id, type, name, message].some((part) => part?.toLowerCase().includes(text));
  });
}

function operationNode({ held, children }: Tree, choices: Choices, now: number, depth: number): Node {
  const { snapshot, arrived } = held;
  const age = held.leftAt === undefined ? ageOf(held, now) : 0;
  const open = choices.open.has(snapshot.id);
  const operations = children.map((child) => operationNode(child, choices, now, depth + 1));
  return partsOf(snapshot, { arrived, age, open, depth }, operations);
}

/** The row of one operation alone, as the history has it. */
export function endedNode(snapshot: Snapshot, arrived: number, open: boolean): Node {
  return partsOf(open ? snapshot : { ...snapshot, levels: [] }, { arrived, age: 0, open, depth: 0 }, []);
}

interface Place {
  readonly arrived: number;
  readonly age: number;
  /** The row, or one it is below, is open. */
  readonly open: boolean;
  readonly depth: number;
}

function partsOf(shown: Shown, place: Place, operations: readonly Node[]): Node {
  const { arrived, age, open, depth } = place;
  const most = open ? OPEN_PARTS : depth < CLOSED_DEPTH ? CLOSED_PARTS : 0;
  const chosen = choose(shown.levels, most, open);
  const levels = shown.levels.filter((level) => chosen.has(level));
  const below = { ...place, depth: depth + 1 };
  const kept = open ? operations : operations.slice(0, CLOSED_PARTS * 2);
  const dropped = (shown.droppedLevels ?? 0) + operations.length - kept.length;
  const left = shown.levels.filter((level) => !chosen.has(level));
  return {
    key: `${"operationId" in shown ? "level" : "operation"} ${shown.id}`,
    shown,
    operation: "operationId" in shown ? undefined : shown,
    arrived,
    age,
    open,
    parts: [...levels.map((level) => partsOf(level, below, [])), ...kept],
    more: open ? moreText(left, dropped) : activeText(left, operations.length - kept.length),
  };
}

/** Closed rows show what runs; open ones everything, what runs or failed first when there is too much. */
function choose(levels: readonly LevelSnapshot[], most: number, open: boolean): ReadonlySet<LevelSnapshot> {
  const active = levels.filter(isActive);
  if (!open) return new Set(active.slice(0, most));
  const failed = levels.filter(({ status }) => status === "failed");
  return new Set([...new Set([...active, ...failed, ...levels])].slice(0, most));
}

const isActive = ({ status }: LevelSnapshot): boolean => status === "running" || status === "paused";

/** Of a closed row only what runs and is not shown. */
function activeText(left: readonly LevelSnapshot[], operations: number): string {
  const count = left.filter(isActive).length + operations;
  return count === 0 ? "" : `and ${count} more running`;
}

function moreText(left: readonly LevelSnapshot[], dropped: number): string {
  if (left.length + dropped === 0) return "";
  const counts = new Map<string, number>();
  for (const { status } of left) counts.set(status, (counts.get(status) ?? 0) + 1);
  const outcomes = [...counts].map(([status, count]) => `${count} ${status}`).join(", ");
  return `and ${left.length + dropped} more${outcomes === "" ? "" : `: ${outcomes}`}`;
}
