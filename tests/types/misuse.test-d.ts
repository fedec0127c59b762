// Misuses that must not compile. Behind each directive the error it stands for: types.test.ts takes the directives away and
// expects exactly these, so that none hides a mistake in this file.

import { terminalBars } from "../../src/exporters/index.js";
import {
  createProgress,
  defineOperation,
  type Operation,
  type OperationSource,
  progress,
  type Snapshot,
} from "../../src/index.js";
import { useProgress } from "../../src/react.js";
import { ProgressSpanProcessor, startTelemetry } from "../../src/sdk.js";
import { createTestProgress } from "../../src/testing.js";

const clip = defineOperation("video.clip", {
  stages: { queued: [0, 5], downloading: [5, 25], uploading: [25, 100] },
  levels: ["frame"],
});
declare const op: Operation<"queued" | "downloading" | "uploading", "frame">;
declare const snap: Snapshot;
declare const source: OperationSource;

// ── stages and levels ──

// An unknown stage.
// @ts-expect-error TS2345
op.enterStage("transcribing");
// A stage on an operation without a definition.
// @ts-expect-error TS2345
progress.operation("x", (o) => o.stage("queued", () => 1));
// A level kind that its definition does not have.
// @ts-expect-error TS2345
progress.operation(clip, (o) => o.level("song", () => 1));
// A gap in the ranges: 15 to 25.
// @ts-expect-error TS2322
defineOperation("a", { stages: { queued: [0, 5], downloading: [5, 15], transcribing: [25, 100] } });
// Ranges that stop short of 100.
// @ts-expect-error TS2322
defineOperation("a", { stages: { queued: [0, 5], downloading: [5, 90] } });
// Ranges and weights mixed.
// @ts-expect-error TS2322
defineOperation("a", { stages: { queued: [0, 5], downloading: 3 } });
// Stage names that look like numbers: an object reorders them.
// @ts-expect-error TS2322
defineOperation("a", { stages: { 2: 1, 1: 1 } });
// A handle by definition has its stages only.
// @ts-expect-error TS2345
progress.handle(clip, "id")?.enterStage("mixing");
// A stage of another definition.
// @ts-expect-error TS2367
progress.live.get(clip, "id")?.stage === "mixing";

// ── updates and options ──

// An absolute and a relative update at once.
// @ts-expect-error TS2345
op.update({ current: 3, increment: 1 });
// A percentage together with a total.
// @ts-expect-error TS2345
op.update({ percentage: 30, total: 10 });
// A remaining time without a percentage.
// @ts-expect-error TS2353
op.update({ current: 3, etaSeconds: 10 });
// A duration without a unit, or in words.
// @ts-expect-error TS2322
progress.operation("x", { timeout: "30" }, () => 1);
// @ts-expect-error TS2322
progress.operation("x", { timeout: "soon" }, () => 1);
// A message where a number goes.
// @ts-expect-error TS2345
op.increment("half way");
// Options misspelt.
// @ts-expect-error TS2561
createProgress({ stallTimout: "2m" });
// @ts-expect-error TS2561
progress.operation("x", { totl: 1 }, () => 1);
// @ts-expect-error TS2353
startTelemetry({ url: "http://localhost:4318" });
// @ts-expect-error TS2561
createTestProgress({ stict: true });
// @ts-expect-error TS2353
terminalBars({ width: 20 });
// @ts-expect-error TS2741
new ProgressSpanProcessor({});

// ── scoped functions ──

// A generator would end before its first item.
// @ts-expect-error TS2488
for (const x of progress.operation("x", function* () {
  yield 1;
}))
  void x;
// @ts-expect-error TS2504
for await (const x of progress.operation("x", async function* () {
  yield 1;
}))
  void x;
// A forgotten await: a Promise is not the value.
// @ts-expect-error TS2322
const n: number = progress.operation("x", async () => 1);
void n;
// The function missing.
// @ts-expect-error TS2353
progress.operation("x", { total: 1 });

// ── who may do what ──

// Deep code cannot end its caller's operation.
// @ts-expect-error TS2339
progress.getActive()?.complete();
// @ts-expect-error TS2339
progress.getActive()?.fail(new Error());
// A pending level cannot count before it starts.
// @ts-expect-error TS2339
op.declare("frame").increment();
// An operation cannot be skipped, only levels can.
// @ts-expect-error TS2339
op.skip("no");
// A snapshot cannot be written.
// @ts-expect-error TS2540
snap.current = 3;
// A field that another status has.
// @ts-expect-error TS2339
snap.error.message;
// A source where its promise is forgotten: it may be remote.
// @ts-expect-error TS2339
source.get("x")?.percentage;

// Who joins an operation cannot end it.
// @ts-expect-error TS2339
progress.join(op.carrier(), (scope) => scope.complete());
// A carrier is no text.
// @ts-expect-error TS2345
progress.join(JSON.stringify(op.carrier()), () => {});
// Nothing to run.
// @ts-expect-error TS2554
progress.join(op.carrier());

// ── events and loops ──

// An unknown name; the payload of another event.
// @ts-expect-error TS2322
progress.subscribe(() => {}, { events: ["stuck"] });
// @ts-expect-error TS2339
progress.subscribe((e) => e.idleSeconds, { events: ["failed"] });
// Not iterable; a string is, but surely by mistake.
// @ts-expect-error TS2769
op.track(5);
// @ts-expect-error TS2769
op.track("abc");

// ── hooks ──

export function Misused(): void {
  // A stage of another definition.
  // @ts-expect-error TS2367
  useProgress("id", { definition: clip }).snapshot?.stage === "mixing";
  // An interval in words.
  // @ts-expect-error TS2322
  useProgress("id", { pollInterval: "often" });
  // What completed has no error.
  // @ts-expect-error TS2339
  useProgress("id", { onComplete: (done) => done.error });
  // A snapshot that may not be there yet.
  // @ts-expect-error TS2532
  useProgress("id").snapshot.percentage;
}
