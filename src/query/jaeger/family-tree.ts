// Which spans of a trace are what: operations, their levels as trees, and the markers of those that still run. What something is a
// part of is found along the parents, through spans of others; where a parent left no span, the next one above takes its place.

import * as semconv from "../../semconv.js";
import type { Span, Trace } from "./untrusted.js";
import { nameOf } from "./values.js";

/** Spans of others between two parts; what is further away hangs under the operation. */
const MAX_STEPS = 256;
/** The deepest tree there is; what is below hangs under the operation. */
const MAX_DEPTH = 1_000;
/** Of so many operations with one id in one trace, the owner of a level without a parent is looked for. */
const MAX_NAMESAKES = 64;

export interface LevelNode {
  readonly span: Span;
  /** In the order of their starts. */
  readonly levels: LevelNode[];
}
export interface OperationNode {
  readonly id: string;
  readonly type: string;
  /** Its own, once it has ended. */
  readonly span: Span | undefined;
  /** The id of its own span, also of one that is not here yet. */
  readonly spanId: string | undefined;
  /** Signs that it runs, in the order of their ends. */
  readonly markers: Span[];
  readonly levels: LevelNode[];
  /** Operations that began directly in it. */
  readonly nested: OperationNode[];
  /** The id of the operation it began in. */
  readonly parentId: string | undefined;
}
type Draft = { -readonly [K in keyof OperationNode]: OperationNode[K] };

/** Every operation that a trace says something about. */
export function operationsOf({ spans }: Trace): readonly OperationNode[] {
  return new FamilyTree(spans).operations();
}

const operationIdOf = ({ tags }: Span): string | undefined => nameOf(tags.get(semconv.ATTR_OPERATION_ID));
const typeOf = ({ tags }: Span): string | undefined => nameOf(tags.get(semconv.ATTR_OPERATION_TYPE));
const isMarker = ({ tags }: Span): boolean => tags.has(semconv.ATTR_SPAN_ROLE);
const isLevel = (span: Span): boolean => span.tags.has(semconv.ATTR_LEVEL_TYPE) && !isMarker(span);
const isOperation = (span: Span): boolean =>
  (operationIdOf(span) ?? typeOf(span)) !== undefined && !isMarker(span) && !isLevel(span);

class FamilyTree {
  readonly #spans: ReadonlyMap<string, Span>;
  readonly #bySpan = new Map<string, Draft>();
  readonly #byId = new Map<string, Draft[]>();
  readonly #levels = new Map<string, LevelNode>();
  /** Whose a level is. */
  readonly #owners = new Map<LevelNode, Draft>();

  constructor(spans: readonly Span[]) {
    this.#spans = new Map(spans.map((span) => [span.spanId, span]));
    const sorted = [...spans].sort((a, b) => a.startMicros - b.startMicros);
    for (const span of sorted) if (isOperation(span)) this.#add(span, span, span.spanId);
    for (const span of sorted) if (isMarker(span)) this.#mark(span);
    for (const span of sorted) if (isLevel(span)) this.#own({ span, levels: [] });
    this.#hang();
  }

  operations(): readonly OperationNode[] {
    const all = [...this.#byId.values()].flat();
    for (const operation of all) {
      this.#nest(operation);
      operation.markers.sort((a, b) => a.endMicros - b.endMicros);
    }
    return all;
  }

  /** @param sign its own span, or what else tells of it */
  #add(sign: Span, span: Span | undefined, spanId: string | undefined): Draft {
    const id = operationIdOf(sign) ?? sign.spanId;
    const type = typeOf(sign) ?? sign.name;
    const operation = { id, type, span, spanId, markers: [], levels: [], nested: [], parentId: undefined };
    if (spanId !== undefined) this.#bySpan.set(spanId, operation);
    const namesakes = this.#byId.get(id);
    if (namesakes === undefined) this.#byId.set(id, [operation]);
    else namesakes.push(operation);
    return operation;
  }

  #mark(marker: Span): void {
    const id = operationIdOf(marker);
    if (id === undefined) return;
    const above = this.#bySpan.get(marker.parentSpanId ?? "");
    (above?.id === id ? above : this.#add(marker, undefined, marker.parentSpanId)).markers.push(marker);
  }

  #own(level: LevelNode): void {
    const id = operationIdOf(level.span);
    const owner = this.#around(level.span, id) ?? (id === undefined ? undefined : this.#namesake(level.span, id));
    if (owner === undefined) return;
    this.#levels.set(level.span.spanId, level);
    this.#owners.set(level, owner);
  }

  /** The nearest operation above, with that id if one is given. */
  #around(span: Span, id: string | undefined): Draft | undefined {
    for (const above of this.#above(span)) {
      const operation = this.#bySpan.get(above);
      if (operation !== undefined && (id === undefined || operation.id === id)) return operation;
    }
    return undefined;
  }

  /** Of several operations with that id the last one that had begun. */
  #namesake(level: Span, id: string): Draft {
    const same = this.#byId.get(id)?.slice(-MAX_NAMESAKES) ?? [];
    const begun = same.findLast(({ span, markers: [marker] }) => {
      const sign = span ?? marker;
      return sign !== undefined && sign.startMicros <= level.startMicros;
    });
    return begun ?? same[0] ?? this.#add(level, undefined, undefined);
  }

  /** The ids of the spans above one, the nearest first; the last of them may be of a span that is not here. */
  *#above(span: Span): IterableIterator<string> {
    let at: Span | undefined = span;
    for (let steps = 0; steps < MAX_STEPS && at?.parentSpanId !== undefined; steps++) {
      yield at.parentSpanId;
      at = this.#spans.get(at.parentSpanId);
    }
  }

  #hang(): void {
    const parents = new Map([...this.#owners].map(([level, owner]) => [level, this.#parentOf(level, owner)]));
    const depths = new Map<LevelNode, number>();
    for (const [level, owner] of this.#owners) {
      const parent = depthOf(level, parents, depths) === 1 ? owner : (parents.get(level) ?? owner);
      parent.levels.push(level);
    }
  }

  /** The nearest level above of the same operation. */
  #parentOf({ span }: LevelNode, owner: Draft): LevelNode | undefined {
    for (const above of this.#above(span)) {
      if (above === owner.spanId) return undefined;
      const level = this.#levels.get(above);
      if (level !== undefined && this.#owners.get(level) === owner) return level;
    }
    return undefined;
  }

  /** What it began in, which may have run in another process. */
  #nest(operation: Draft): void {
    if (operation.span === undefined) return;
    for (const above of this.#above(operation.span)) {
      const around = this.#bySpan.get(above);
      const level = this.#levels.get(above);
      const owner = around ?? (level && this.#owners.get(level));
      if (owner === undefined || owner === operation) continue;
      operation.parentId = owner.id;
      around?.nested.push(operation);
      return;
    }
  }
}

/** How deep a level is, 1 directly under the operation. A circle is cut where it closes, a chain where it is too long. */
function depthOf(
  level: LevelNode,
  parents: ReadonlyMap<LevelNode, LevelNode | undefined>,
  depths: Map<LevelNode, number>,
): number {
  const chain = new Set<LevelNode>();
  let at: LevelNode | undefined = level;
  while (at !== undefined && !depths.has(at) && !chain.has(at)) {
    chain.add(at);
    at = parents.get(at);
  }
  let depth = at === undefined || chain.has(at) ? 0 : depths.get(at)!;
  for (const below of [...chain].reverse()) {
    depth = depth >= MAX_DEPTH ? 1 : depth + 1;
    depths.set(below, depth);
  }
  return depths.get(level)!;
}
