// Which operations and levels are shown, and in which order: a tree that fits into the window. When not everything fits,
// what needs attention comes first: failed, stalled, running, paused. What is shown keeps the order of its start. Pure.

import type { LevelSnapshot, Snapshot } from "../../model.js";

export type Shown = Snapshot | LevelSnapshot;
/** A running operation, and how long ago its snapshot was taken. */
export interface Running {
  readonly snapshot: Snapshot;
  readonly agoSeconds: number;
}
export interface TreeRow {
  readonly shown: Shown;
  readonly agoSeconds: number;
  /** Of each ancestor below the top, and of this row itself: whether another follows beside it. Empty at the top. */
  readonly followed: readonly boolean[];
}
/** What found no place. */
export interface Hidden {
  readonly operations: number;
  /** Of the operations. */
  readonly stalled: number;
  readonly levels: number;
}
export interface Tree {
  readonly rows: readonly TreeRow[];
  /** Absent when everything is shown. */
  readonly hidden?: Hidden;
}

interface Node {
  readonly shown: Shown;
  readonly agoSeconds: number;
  /** Position beside its siblings. */
  readonly index: number;
  chosen: Node[];
}

/** At most `height` rows, less one for a word on what is hidden; at most `levels` levels under each parent. */
export function growTree(running: readonly Running[], height: number, levels: number): Tree {
  const forest = new Forest(running, levels);
  const whole = forest.grow(height);
  return whole.hidden === undefined ? whole : forest.grow(Math.max(0, height - 1));
}

class Forest {
  readonly #levels: number;
  readonly #count: number;
  readonly #stalled: number;
  readonly #roots: Running[] = [];
  readonly #children = new Map<string, Running[]>();

  constructor(running: readonly Running[], levels: number) {
    this.#levels = levels;
    this.#count = running.length;
    this.#stalled = running.filter(({ snapshot }) => isStalled(snapshot)).length;
    const ids = new Set(running.map(({ snapshot }) => snapshot.id));
    for (const one of running) {
      const { parentId } = one.snapshot;
      const siblings = parentId === undefined || !ids.has(parentId) ? this.#roots : this.#childrenOf(parentId);
      siblings.push(one);
    }
  }

  #childrenOf(id: string): Running[] {
    let children = this.#children.get(id);
    if (children === undefined) this.#children.set(id, (children = []));
    return children;
  }

  /** Depth by depth, so that no operation loses its place to a level of another. */
  grow(height: number): Tree {
    let candidates: Node[] = this.#roots.map(nodeOf);
    let hiddenLevels = 0;
    const top = pick(candidates, height);
    const all: Node[] = [...top];
    for (let frontier = top; frontier.length > 0; ) {
      candidates = [];
      for (const node of frontier) {
        const { nodes, left } = this.#below(node);
        node.chosen = nodes;
        hiddenLevels += left;
        candidates.push(...nodes);
      }
      const picked = pick(candidates, height - all.length);
      if (picked.length < candidates.length) {
        const kept = new Set(picked);
        for (const node of frontier) node.chosen = node.chosen.filter((one) => kept.has(one));
        hiddenLevels += candidates.filter((one) => !kept.has(one) && !isOperation(one.shown)).length;
      }
      all.push(...picked);
      frontier = picked;
    }
    return treeOf(top, all, { count: this.#count, stalled: this.#stalled, hiddenLevels });
  }

  /** Levels first, then the operations that are part of it; `left`: levels beyond the limit. */
  #below({ shown, agoSeconds }: Node): { nodes: Node[]; left: number } {
    const visible = shown.levels.filter(({ status }) => SHOWN_LEVELS.has(status));
    const nodes = visible.map((level, index) => nodeOf({ snapshot: level, agoSeconds }, index));
    const chosen = pick(withoutOldFailures(nodes, this.#levels), this.#levels);
    const operations = isOperation(shown) ? (this.#children.get(shown.id) ?? []) : [];
    const nested = operations.map((one, index) => nodeOf(one, visible.length + index));
    return { nodes: [...chosen, ...nested], left: visible.length - chosen.length };
  }
}

const SHOWN_LEVELS: ReadonlySet<string> = new Set(["running", "paused", "failed"]);

function nodeOf({ snapshot, agoSeconds }: { snapshot: Shown; agoSeconds: number }, index: number): Node {
  return { shown: snapshot, agoSeconds, index, chosen: [] };
}

/** Failed levels take half of the places at most, the latest of them: what runs must be seen too. */
function withoutOldFailures(nodes: readonly Node[], most: number): Node[] {
  const failed = nodes.filter(({ shown }) => shown.status === "failed");
  const places = Math.max(Math.floor(most / 2), most - (nodes.length - failed.length));
  const old = new Set(failed.slice(0, Math.max(0, failed.length - places)));
  return nodes.filter((node) => !old.has(node));
}

/** The `most` important ones in the order they were given. */
function pick(nodes: readonly Node[], most: number): Node[] {
  if (nodes.length <= most) return [...nodes];
  const byRank: Node[][] = [];
  for (const node of nodes) (byRank[rankOf(node.shown)] ??= []).push(node);
  const kept = new Set<Node>();
  for (const group of byRank) {
    if (group === undefined || kept.size >= most) continue;
    // The first of every parent before the second of any; stable, so in order otherwise.
    if (group.length > most - kept.size) group.sort((a, b) => a.index - b.index);
    for (const node of group.slice(0, most - kept.size)) kept.add(node);
  }
  return nodes.filter((node) => kept.has(node));
}

function rankOf(shown: Shown): number {
  if (shown.status === "failed" || isStalled(shown)) return isOperation(shown) ? 0 : 2;
  if (isOperation(shown)) return shown.status === "running" ? 1 : 3;
  return shown.status === "running" ? 4 : 5;
}

export function isOperation(shown: Shown): shown is Snapshot {
  return !("operationId" in shown);
}

export function isStalled(shown: Shown): boolean {
  return "stalled" in shown && shown.stalled !== undefined;
}

function treeOf(
  top: readonly Node[],
  all: readonly Node[],
  { count, stalled, hiddenLevels }: { count: number; stalled: number; hiddenLevels: number },
): Tree {
  const operations = all.filter(({ shown }) => isOperation(shown));
  const shownStalled = operations.filter(({ shown }) => isStalled(shown)).length;
  const hidden: Hidden = {
    operations: count - operations.length,
    stalled: stalled - shownStalled,
    levels: hiddenLevels,
  };
  const rows = top.flatMap((node) => rowsOf(node, []));
  return hidden.operations + hidden.levels > 0 ? { rows, hidden } : { rows };
}

function rowsOf({ shown, agoSeconds, chosen }: Node, followed: readonly boolean[]): TreeRow[] {
  const below = chosen.flatMap((node, index) => rowsOf(node, [...followed, index < chosen.length - 1]));
  return [{ shown, agoSeconds, followed }, ...below];
}
