// The lines around the lists: counts, the connection, the title of the window, typical durations, losses. Pure.

import { formatPercentage, singleLine } from "../../../format.js";
import type { Stats } from "../../../model.js";
import type { Connection } from "./feed.js";
import type { Held } from "./store.js";
import { type Tone, toneOf, wholeDuration } from "./wording.js";

function countTones(held: ReadonlyMap<string, Held>): ReadonlyMap<Tone, number> {
  const counts = new Map<Tone, number>();
  for (const { snapshot, leftAt } of held.values()) {
    if (leftAt !== undefined) continue;
    const tone = toneOf(snapshot);
    counts.set(tone, (counts.get(tone) ?? 0) + 1);
  }
  return counts;
}

const ORDER = ["running", "stalled", "lost", "paused", "pending"] as const;

/** "12 running, 1 stalled". */
export function countsText(held: ReadonlyMap<string, Held>): string {
  const counts = countTones(held);
  return ORDER.filter((tone) => counts.has(tone))
    .map((tone) => `${counts.get(tone)!.toLocaleString("en-US")} ${tone}`)
    .join(", ");
}

/** Of one operation how far it is, of several how many; trouble first. */
export function titleText(held: ReadonlyMap<string, Held>): string {
  const counts = countTones(held);
  const stalled = counts.get("stalled") ?? 0;
  const running = counts.get("running") ?? 0;
  const [only] = [...held.values()].filter(
    ({ snapshot, leftAt }) => snapshot.status === "running" && leftAt === undefined,
  );
  if (stalled > 0) return `${stalled} stalled, ${running} running · Progress`;
  if (running === 1 && only !== undefined) {
    const { name, percentage } = only.snapshot;
    return `${[formatPercentage(percentage), singleLine(name)].filter(Boolean).join(" ")} · Progress`;
  }
  return running === 0 ? "Progress" : `${running.toLocaleString("en-US")} running · Progress`;
}

export function connectionText({ state, reason }: Connection, serverTime: number): string {
  if (state === "live") return "Live";
  if (state === "absent") return "History only";
  if (state === "refused") return "Not allowed in";
  const asOf = serverTime > 1e11 ? `. As of ${new Date(serverTime).toLocaleTimeString()}` : "";
  return state === "connecting" ? `Connecting${asOf}` : `${reason ?? "Not connected"}; trying again${asOf}`;
}

/** Of what completed lately. */
export function durationsText(stats: Stats | undefined): string {
  if (stats?.meanSeconds === undefined || stats.p95Seconds === undefined) return "";
  return `completed in ${wholeDuration(stats.meanSeconds)} on average, 95% within ${wholeDuration(stats.p95Seconds)}`;
}

/** What a limit or a mistake cost: it is not hidden that something is missing. */
export function lossesText(stats: Stats | undefined): string {
  const { operations = 0, levels = 0 } = stats?.forgotten ?? {};
  const parts = [
    operations > 0 ? `${operations.toLocaleString("en-US")} ended operations are no longer kept` : "",
    levels > 0 ? `${levels.toLocaleString("en-US")} ended levels live on as counts` : "",
    ...Object.entries(stats?.losses ?? {}).map(([cause, count]) => `${cause}: ${count.toLocaleString("en-US")}`),
  ].filter(Boolean);
  return parts.length === 0 ? "" : `Since the start: ${parts.join("; ")}.`;
}
