// Uses of carriers in queues, threads and child processes, with the types they must give. Checked like usage.test-d.ts.

import type { IncomingHttpHeaders } from "node:http";
import { type Carrier, type ContributionTransport, defineOperation, progress, type Scope } from "../../src/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

const clip = defineOperation("video.clip", { stages: { cut: [0, 100] }, levels: ["frame"] });

declare const queue: { add(name: string, data: { readonly carrier: Carrier; readonly shard: number }): Promise<void> };
export async function enqueue(): Promise<void> {
  await progress.operation(clip, async (op) => {
    await queue.add("shard", { carrier: op.carrier(), shard: 1 });
    await op.level("frame", async (level) => queue.add("frame", { carrier: level.carrier(), shard: 2 }));
    const env = { ...process.env, PROGRESS_CARRIER: JSON.stringify(op.carrier()) };
    return env.PROGRESS_CARRIER.length;
  });
}
export async function shard(data: { readonly carrier: Carrier }, headers: IncomingHttpHeaders): Promise<number> {
  const n = progress.join(data.carrier, async (scope) => {
    assertType<Equal<typeof scope, Scope>>();
    scope.increment(10);
    return scope.level("file", async () => 7);
  });
  assertType<Equal<typeof n, Promise<number>>>();
  const now = progress.join(headers, (scope) => scope.carrier().traceparent);
  assertType<Equal<typeof now, string | undefined>>();
  return n;
}
/** A way of one's own between carriers and their owners. */
export function addWay(way: ContributionTransport): () => void {
  return progress.addTransport(way);
}
