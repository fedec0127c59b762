// What lies in Redis: every key, field and encoding of the fleet, and nowhere else. Written by the scripts in scripts/, which
// get their keys from here; read by the mirror.
//
// Operations lie where the instance that runs them belongs: instances are spread over PARTITIONS, and the number of the partition
// is the hash tag of all its keys, so that whatever must happen at once is in one slot of a cluster. An operation is named
// `<instance>/<id>`: the same id may run again elsewhere. Its snapshot lies in *cells*, groups of properties as JSON, so that
// only what changed is written and read. What changes with every update has before its JSON when it was written (Unix ms of Redis), so
// that a reader knows how old it is; `idle` in it is no property of a snapshot: see aging.ts.
//
// <prefix>:<version>:{<partition>}:
//   meta      hash   birth: changes when something was lost; seq: number of the latest change; floor: see gone
//   cells     hash   <group><operation> -> JSON
//   changes   zset   <group><operation>, by the seq in which the cell last changed
//   gone      zset   <operation>, by the seq in which it was removed; older ones than the floor are forgotten
//   leases    zset   instances with open operations, by the end of their lease (Unix ms of Redis)
//   terms     hash   instance -> length of its lease in ms
//   ended     zset   <operation>, by when it ended (Unix ms of Redis): what history is trimmed by
//   orphans   list   <last seen> <instance> <record>: lost operations, to be told of and their spans ended by whoever can
//   writer:<instance>   hash   n: number of its last write; arrivals: number of the last state of a writer for it
//   open:<instance>     set    ids of its open operations
//   claimed:<instance>  hash   id -> epoch, of those that were taken for lost; absent is epoch 1
//   holds:<instance>    hash   <writer>/<id> -> end of the lease of a writer in another process; without a writer, of a carrier
//   inbox:<instance>    list   messages to it, JSON
//   shares:<instance>   hash   <writer>/<id> -> state of that writer, JSON
//   arrivals:<instance> zset   <writer>/<id>, by the number of its latest arrival
//   notices:<instance>  hash   id -> what the owner tells writers, JSON
// <prefix>:versions     zset   versions in use, by when that was last said (Unix ms of Redis); for those of another one

/** In the keys: what another version writes is not seen, only counted. */
export const SCHEMA_VERSION = 1;
/** The same for everybody who shares a prefix, so a change of it is a change of version. */
export const PARTITIONS = 16;

/**
 * Of a cell. `about`: what hardly changes; `now`: what changes with every update; `levels`, `curve`; `lost`: the verdict of
 * whoever found it dead; `span`: what is needed to tell of it and end its spans then, read by nobody else.
 */
export const GROUPS = { about: "a", now: "n", levels: "l", curve: "c", lost: "x", span: "s" } as const;
export type Group = (typeof GROUPS)[keyof typeof GROUPS];

/** Properties outside of `about`. */
export const GROUP_OF: Readonly<Record<string, Group>> = {
  ...Object.fromEntries(
    [
      ...["status", "stage", "message", "current", "percentage", "coverage", "estimated", "revised", "overrun"],
      ...["failedItems", "skippedItems", "updatedAt", "progressedAt", "elapsedSeconds", "rate", "peakRate", "meanRate"],
      ...[
        "idle",
        "eta",
        "stalled",
        "cancelRequested",
        "reason",
        "endedAt",
        "summary",
        "error",
        "lastSeenAt",
        "process",
      ],
    ].map((name) => [name, GROUPS.now]),
  ),
  levels: GROUPS.levels,
  droppedLevels: GROUPS.levels,
  counts: GROUPS.levels,
  curve: GROUPS.curve,
};

const NAMES = ["meta", "cells", "changes", "gone", "leases", "terms", "ended", "orphans"] as const;
const OWN_NAMES = ["writer", "open", "claimed", "holds", "inbox", "shares", "arrivals", "notices"] as const;
export type PartitionKeys = Readonly<Record<(typeof NAMES)[number], string>>;
export type InstanceKeys = Readonly<Record<(typeof OWN_NAMES)[number], string>>;

/** The keys below one prefix. */
export class Keys {
  readonly versions: string;
  readonly #base: string;
  readonly #partitions: PartitionKeys[];

  constructor(prefix: string) {
    this.versions = `${prefix}:versions`;
    this.#base = `${prefix}:${SCHEMA_VERSION}`;
    this.#partitions = Array.from({ length: PARTITIONS }, (_, number) =>
      keysOf(NAMES, (name) => this.#in(number, name)),
    );
  }

  partition(number: number): PartitionKeys {
    return this.#partitions[number]!;
  }

  instance(id: string): InstanceKeys {
    const number = partitionOf(id);
    return keysOf(OWN_NAMES, (name) => this.#in(number, `${name}:${id}`));
  }

  #in(partition: number, name: string): string {
    return `${this.#base}:{${partition}}:${name}`;
  }
}

function keysOf<N extends string>(names: readonly N[], keyOf: (name: N) => string): Readonly<Record<N, string>> {
  return Object.fromEntries(names.map((name) => [name, keyOf(name)])) as Record<N, string>;
}

/** FNV-1a over the UTF-16 units of an instance's id: the same in every process. */
export function partitionOf(instance: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < instance.length; i++) hash = Math.imul(hash ^ instance.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % PARTITIONS;
}

/** In names, a slash ends the id of the instance: ours have none, and others lose theirs. */
export function homeOf(instance: string): string {
  return instance.replaceAll("/", "_");
}

export function operationName(home: string, id: string): string {
  return `${home}/${id}`;
}

export function readOperationName(name: string): { readonly home: string; readonly id: string } {
  const slash = name.indexOf("/");
  return { home: name.slice(0, slash), id: name.slice(slash + 1) };
}
