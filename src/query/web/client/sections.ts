// Which sections there are, what is in them, and what they say when nothing is. Pure.

import type { Arranged, Node } from "./arrange.js";
import { type Choices, showsEnded, showsLive } from "./choices.js";
import type { Connection } from "./feed.js";

/** What one section shows. */
export interface Section {
  readonly nodes: readonly Node[];
  /** How many there are, shown or not; undefined when nobody knows. */
  readonly count: number | undefined;
  /** Instead of rows. */
  readonly empty: string;
  /** On the button that shows more; there is none without. */
  readonly more: string;
  readonly hidden: boolean;
}

export interface Situation {
  readonly choices: Choices;
  readonly arranged: Arranged;
  readonly ended: {
    readonly nodes: readonly Node[];
    readonly loaded: boolean;
    readonly more: boolean;
    readonly problem: string | undefined;
  };
  readonly state: Connection["state"];
  /** Something came already. */
  readonly known: boolean;
  /** The page was opened for one operation. */
  readonly only: boolean;
}

export type Sections = Readonly<Record<"attention" | "running" | "history", Section>>;

export function sectionsOf(situation: Situation): Sections {
  if (situation.only) return { ...allOf(situation), attention: NONE, running: oneOf(situation), history: NONE };
  return allOf(situation);
}

const NONE: Section = { nodes: [], count: undefined, empty: "", more: "", hidden: true };

/** Whatever it is and needs, the one operation stands alone. */
function oneOf({ arranged, state, known }: Situation): Section {
  const nodes = [...arranged.attention.nodes, ...arranged.running.nodes];
  const empty = known || state === "live" ? "Nothing is known of this operation yet." : "";
  return { ...NONE, nodes, empty, hidden: state === "refused" };
}

/** What is still shown above is not shown again below. */
function notAbove(ended: readonly Node[], above: readonly Section[]): readonly Node[] {
  const shown = new Set<string>();
  const add = (nodes: readonly Node[]) => {
    for (const { key, parts } of nodes) {
      shown.add(key);
      add(parts);
    }
  };
  for (const { nodes, hidden } of above) if (!hidden) add(nodes);
  return ended.filter(({ key }) => !shown.has(key));
}

function allOf({ choices, arranged, ended, state, known }: Situation): Sections {
  const { show, text, type } = choices;
  const { attention, running } = arranged;
  const refused = state === "refused";
  const narrowed = text !== "" || type !== "" || show !== "all" || choices.since !== "";
  const under = narrowed ? "Nothing under way matches." : "Nothing is under way.";
  const history = narrowed ? "Nothing that ended matches." : "Nothing has ended yet.";
  const live = {
    attention: {
      nodes: attention.nodes,
      count: attention.count,
      empty: "Nothing needs attention.",
      more: moreText(attention.more),
      hidden: refused || (attention.nodes.length === 0 && show !== "attention") || !showsLive(show),
    },
    running: {
      nodes: running.nodes,
      count: running.count,
      empty: known || state === "live" ? under : "",
      more: moreText(running.more),
      hidden: refused || state === "absent" || !["all", "running"].includes(show),
    },
  };
  return {
    ...live,
    history: {
      nodes: notAbove(ended.nodes, [live.attention, live.running]),
      count: undefined,
      empty: ended.problem ?? (ended.loaded ? history : ""),
      more: ended.more ? "Show more" : "",
      hidden: refused || !showsEnded(show),
    },
  };
}

const moreText = (count: number): string => (count > 0 ? `and ${count.toLocaleString("en-US")} more` : "");
