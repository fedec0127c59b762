// The roll-up rules once more, as directly as they are written down: plain objects that forget nothing, recursion, nothing
// kept that could be computed. Shares no line with src/; what is fast there is compared with what is plain here.

export type Status = "pending" | "running" | "paused" | "completed" | "failed" | "cancelled" | "skipped";

export interface Stage {
  readonly name: string;
  /** Of the whole, 0 to 1. */
  readonly share: number;
  level?: Node | undefined;
  passedOver: boolean;
}

export interface Rolled {
  /** 0 to 1; undefined when nothing is known. */
  readonly fraction: number | undefined;
  readonly coverage: number;
  readonly estimated: boolean;
}

/** An operation or level, as its user described it. */
export interface Node {
  /** Of the operation. */
  readonly type: string;
  /** Of the level; undefined for an operation. */
  readonly level: string | undefined;
  readonly parent: Node | undefined;
  readonly weight: number | undefined;
  readonly unit: string | undefined;
  /** It was announced before it began. */
  readonly declared: boolean;
  readonly stages: Stage[] | undefined;
  status: Status;
  reason?: string | undefined;
  children: Node[];
  current: number;
  total: number | undefined;
  totalKind: string | undefined;
  /** The fraction said by the work itself. */
  reported?: number | undefined;
  /** What the user expects opaque work to take, and the guess as of the last look. */
  guess?: { readonly expected: number; fraction: number } | undefined;
  /** What it had reached when it ended: what outlives it changes nothing of it. */
  final?: (Rolled & { readonly done: number; readonly total: number | undefined }) | undefined;
  /** The highest percentage shown in this attempt, and whether that was a guess. */
  shown: number;
  shownGuess: boolean;
  attempt: number;
  clock: { work: number; since: number | undefined; attemptBegan: number };
}

/** Seconds that completed runs took, by kind: all so far, and the mean as of the last completed operation. */
export interface Past {
  readonly seconds: Map<string, number[]>;
  readonly means: Map<string, number>;
}
export const noPast = (): Past => ({ seconds: new Map(), means: new Map() });

const kindOf = ({ type, level }: Pick<Node, "type" | "level">): string => `${type}/${level ?? ""}`;
export const ended = ({ status }: Node): boolean => !["pending", "running", "paused"].includes(status);
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const between = (value: number): number => Math.min(1, Math.max(0, value));
const UNKNOWN: Rolled = { fraction: undefined, coverage: 0, estimated: false };
const known = (fraction: number, estimated = false): Rolled => ({ fraction, coverage: 1, estimated });

// ── rules 2 to 7: one fraction ──

/** Rule 7: a skipped or cancelled child leaves numerator and denominator. */
const counted = ({ children }: Node): Node[] =>
  children.filter(({ status }) => status !== "skipped" && status !== "cancelled");
const leftOut = (node: Node): number => node.children.length - counted(node).length;
const settled = (node: Node): Node[] => counted(node).filter(ended);

/** The total, if it says anything: one of nothing, or of an unknown size, is none. */
const trusted = ({ total, totalKind }: Node): number | undefined =>
  total !== undefined && total > 0 && totalKind !== "unknown" ? total : undefined;

/** What is done of the total: with one, settled children count. */
export const doneOf = (node: Node): number =>
  node.final?.done ?? Math.max(node.current, (node.total ?? 0) > 0 ? settled(node).length : 0);

/** Rule 4: an over-run raises the total, be it of items or of children. */
export const raisedTotal = (node: Node): number | undefined =>
  node.final !== undefined || node.total === undefined
    ? node.final?.total
    : Math.max(node.total, doneOf(node), node.total > 0 ? counted(node).length : 0);

/** `failing`: it is about to fail itself. */
export function roll(node: Node, past: Past, failing = false): Rolled {
  if (node.status === "completed") return known(1);
  if (node.final !== undefined) return node.final;
  if (node.reported !== undefined) return known(node.reported);
  if (node.stages !== undefined) return rollStages(node.stages, past, failing);
  if (node.guess !== undefined) return known(node.guess.fraction, true);
  const total = trusted(node);
  if (total !== undefined) return rollTotal(node, total, past, failing);
  return rollChildren(node, past, failing);
}

/** Rule 7: a failed child counts as settled while its parent goes on; in one that fails it keeps its own fraction. */
function ofChild(child: Node, past: Past, failing: boolean): Rolled {
  if (child.status === "failed" && !failing) return known(1);
  // Of a child that has not begun it is known that nothing is done, whether or not its size is.
  if (child.status === "pending") return known(0);
  return roll(child, past);
}

/** Rule 2: (max(current, settled children) + Σ fractions of running children) / total. */
function rollTotal(node: Node, total: number, past: Past, failing: boolean): Rolled {
  const children = counted(node).map((child) => ({ child, rolled: ofChild(child, past, failing) }));
  const over = (which: (child: Node) => boolean) =>
    sum(children.filter(({ child }) => which(child)).map(({ rolled }) => rolled.fraction ?? 0));
  const done = Math.max(node.current, over(ended)) + over((child) => !ended(child));
  const expected = Math.max(total, node.children.length) - leftOut(node);
  const estimated = children.some(
    ({ child, rolled }) => rolled.estimated && (!ended(child) || child.status === "failed"),
  );
  return known(expected > 0 ? between(done / expected) : 1, estimated);
}

/** Rule 2: the weighted mean of the stages, where a passed-over one counts as done. */
function rollStages(stages: readonly Stage[], past: Past, failing: boolean): Rolled {
  let fraction = 0;
  let estimated = false;
  for (const { share, level, passedOver } of stages) {
    // A stage that was skipped is one that was passed over.
    const done = passedOver || level?.status === "skipped";
    const rolled = done ? known(1) : level === undefined ? known(0) : ofChild(level, past, failing);
    fraction += share * (rolled.fraction ?? 0);
    estimated ||= rolled.estimated;
  }
  return known(between(fraction), estimated);
}

/** Rule 2: Σ wᵢ·fᵢ / Σ wᵢ; rule 5: coverage is the share of the weight whose fraction is known. */
function rollChildren(node: Node, past: Past, failing: boolean): Rolled {
  const children = counted(node);
  const weights = weigh(children, past);
  const all = sum(weights);
  if (!(all > 0)) return UNKNOWN;
  const rolled = children.map((child) => ofChild(child, past, failing));
  const coverage = between(sum(rolled.map((each, n) => weights[n]! * each.coverage)) / all);
  if (coverage === 0) return UNKNOWN;
  const done = sum(rolled.map((each, n) => weights[n]! * (each.fraction ?? 0)));
  // Decision 0006: when all have ended and were not all announced, one more of mean weight is expected.
  const oneMore = children.every(ended) && !node.children.every((child) => child.declared);
  const fraction = between(done / (oneMore ? all + all / children.length : all));
  return { fraction, coverage, estimated: rolled.some((each) => each.estimated) };
}

/** Rule 3: one scheme per parent, the first that every child can supply. */
function weigh(children: readonly Node[], past: Past): number[] {
  const explicit = children.map(({ weight }) => weight).filter((weight) => weight !== undefined);
  if (explicit.length > 0) return children.map(({ weight }) => weight ?? mean(explicit));
  const durations = children.map((child) => past.means.get(kindOf(child)));
  // What all of them take alike tells them not apart: then totals say more. Nor does it when none took any time.
  const unlike = new Set(children.map(kindOf)).size > 1;
  if (unlike && durations.every((duration) => duration !== undefined) && sum(durations) > 0) return durations;
  const units = new Set(children.map(({ unit }) => unit));
  if (units.size === 1 && children.every((child) => trusted(child) !== undefined))
    return children.map((child) => raisedTotal(child)!);
  return children.map(() => 1);
}

// ── rules 8 and 9: what is shown ──

/** To a millionth, and at most 99.9: what is shown, were there no latch. */
export const percent = (fraction: number | undefined): number =>
  Math.min(99.9, Math.round((fraction ?? 0) * 1e8) / 1e6);

/** Shows a percentage: moves the latch. Where nothing was ever known there is none; nothing known holds what there was. */
function show(node: Node, { fraction, estimated }: Rolled): number | undefined {
  if (fraction === undefined && node.shown === 0) return undefined;
  const raw = percent(fraction);
  if (raw >= node.shown) node.shownGuess = estimated;
  return (node.shown = Math.max(node.shown, raw));
}

function read(node: Node, past: Past): number | undefined {
  return node.status === "completed" ? 100 : show(node, roll(node, past));
}

/** Reading an operation or level reads its levels with it; nested operations are read by themselves. */
export function readAll(node: Node, past: Past): number | undefined {
  for (const child of node.children) if (child.level !== undefined && !ended(child)) readAll(child, past);
  return read(node, past);
}

// ── what happens to it ──

/** Whether it, or a level or the operation around it, is paused: then it does not work. */
const held = (node: Node): boolean =>
  node.status === "paused" || (node.level !== undefined && node.parent !== undefined && held(node.parent));

const workMillis = ({ clock }: Node, now: number): number =>
  clock.work + (clock.since === undefined ? 0 : now - clock.since);

function stopClock(node: Node, now: number): void {
  node.clock = { ...node.clock, work: workMillis(node, now), since: undefined };
}

/** Lets the clocks of an open node and of the levels below it go or stand. */
function setClocks(node: Node, now: number): void {
  stopClock(node, now);
  if (!held(node)) node.clock.since = now;
  for (const child of node.children) {
    if (child.level !== undefined && !ended(child) && child.status !== "pending") setClocks(child, now);
  }
}

export function turn(node: Node, status: "running" | "paused", now: number): void {
  node.status = status;
  setClocks(node, now);
}

/** The work says something about how far it is: no guess any more. */
export function speak(node: Node): void {
  node.guess = undefined;
}

export function end(node: Node, status: Status, now: number, past: Past, reason?: string): void {
  const rolled = roll(node, past, status === "failed");
  show(node, rolled);
  node.final = { ...rolled, done: doneOf(node), total: raisedTotal(node) };
  node.status = status;
  node.reason = reason;
  stopClock(node, now);
  closeChildren(node, "parent ended", now, past);
  if (status === "completed") learn(node, past);
}

/** Rule 12. Nested operations have a life of their own: they may outlive what they began in. */
function closeChildren(node: Node, reason: string, now: number, past: Past): void {
  for (const child of node.children) {
    if (child.level !== undefined && !ended(child)) end(child, "cancelled", now, past, reason);
  }
}

function learn(node: Node, past: Past): void {
  const kind = kindOf(node);
  past.seconds.set(kind, [...(past.seconds.get(kind) ?? []), node.clock.work / 1000]);
  if (node.level !== undefined) return;
  for (const [other, seconds] of past.seconds) {
    const ofType = other.startsWith(`${node.type}/`) && (other === kind || hadLevels(node));
    if (ofType) past.means.set(other, mean(seconds));
  }
}

const hadLevels = (node: Node): boolean => everLeveled.has(node);
/** Operations that had levels, in whatever attempt. */
const everLeveled = new WeakSet<Node>();
export function adopt(child: Node): void {
  const { parent } = child;
  if (parent === undefined) return;
  parent.children.push(child);
  speak(parent);
  let operation = parent;
  while (operation.level !== undefined) operation = operation.parent!;
  if (child.level !== undefined) everLeveled.add(operation);
}

/** Rule 8: a new attempt has a new latch; what was below belongs to the one before. */
export function newAttempt(node: Node, now: number, past: Past): void {
  closeChildren(node, "new attempt", now, past);
  const work = workMillis(node, now);
  Object.assign(node, { children: [], current: 0, reported: undefined, shown: 0, shownGuess: false });
  node.attempt++;
  node.clock.attemptBegan = work;
  if (node.guess !== undefined) node.guess.fraction = 0;
  for (const stage of node.stages ?? []) Object.assign(stage, { level: undefined, passedOver: false });
}

/** Leaves the stages before `name`, gives up those from it on, and gives the one to be entered. */
export function goToStage(node: Node, name: string, now: number, past: Past): Stage {
  const stages = node.stages!;
  const index = stages.findIndex((stage) => stage.name === name);
  for (const stage of stages.slice(0, index)) {
    const { level } = stage;
    if (level === undefined || level.status === "skipped" || level.status === "cancelled") stage.passedOver = true;
    else if (!ended(level)) end(level, "completed", now, past);
  }
  for (const stage of stages.slice(index)) {
    if (stage.level !== undefined && !ended(stage.level)) end(stage.level, "cancelled", now, past, `back to ${name}`);
    Object.assign(stage, { level: undefined, passedOver: false });
  }
  node.reported = undefined;
  return stages[index]!;
}

/** Time went by: guesses move on, in steps of a thousandth. */
export function look(node: Node, now: number): void {
  if (node.guess === undefined || ended(node) || node.status === "pending") return;
  const x = (workMillis(node, now) - node.clock.attemptBegan) / node.guess.expected;
  const turn = 0.8 / 0.9;
  const fraction = x <= turn ? 0.9 * x : Math.min(0.999, 1 - 0.2 * Math.exp((-0.9 * (x - turn)) / 0.2));
  if (fraction - node.guess.fraction >= 0.001) node.guess.fraction = fraction;
}
