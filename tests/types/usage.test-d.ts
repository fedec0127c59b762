// Realistic uses, with the types they must give. Checked by `tsc`, here against the sources and by types.test.ts against
// the built declarations under both OpenTelemetry majors; nothing in here runs.

import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { PeriodicExportingMetricReaderOptions } from "@opentelemetry/sdk-metrics";
import { NodeSDK, type NodeSDKConfiguration } from "@opentelemetry/sdk-node";
import { consoleExporter, consoleLines, terminalBars } from "../../src/exporters/index.js";
import {
  createProgress,
  type Definition,
  type Duration,
  defineOperation,
  type Level,
  type LevelSnapshot,
  type Operation,
  type OperationExporter,
  type OperationOf,
  type OperationSource,
  ProgressError,
  type ProgressErrorCode,
  progress,
  type Reporter,
  type Scope,
  type Snapshot,
  type StageOf,
} from "../../src/index.js";
import { formatReport } from "../../src/query/index.js";
import { useOperations, usePipelineStages, useProgress } from "../../src/react.js";
import {
  ProgressMetricProducer,
  ProgressSpanProcessor,
  progressSdkOptions,
  startTelemetry,
  type Telemetry,
} from "../../src/sdk.js";
import { createTestProgress, ManualClock, startTestTelemetry } from "../../src/testing.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}
declare function save(row: Row): Promise<void>;
declare function sleep(ms: number): Promise<void>;
interface Row {
  id: string;
  title: string;
}
declare const rows: Row[];

// ── definitions: stage names and level kinds are inferred as unions ──

const clip = defineOperation("video.clip", {
  stages: {
    queued: [0, 5],
    downloading: [5, 25],
    transcribing: [25, 50],
    analyzing: [50, 70],
    processing: [70, 90],
    uploading: { range: [90, 100], label: "Uploading" },
  },
  levels: ["frame"],
  unit: "frame",
  stallTimeout: "2m",
  timeout: "1h",
});
type ClipStage = "queued" | "downloading" | "transcribing" | "analyzing" | "processing" | "uploading";
assertType<Equal<StageOf<typeof clip>, ClipStage>>();
assertType<Equal<OperationOf<typeof clip>, Operation<ClipStage, "frame">>>();
assertType<Equal<OperationOf<string>, Operation<never, string>>>();
assertType<Equal<typeof clip.type, "video.clip">>();
const playlist = defineOperation("playlist.build", {
  stages: { fetch: 1, render: { weight: 8, label: "Render" }, publish: 1 },
  levels: { song: { unit: "bar" }, action: {}, block: { weight: 2 } },
});
assertType<Equal<StageOf<typeof playlist>, "fetch" | "render" | "publish">>();
/** For users who have isolatedDeclarations themselves. */
export const small: Definition<"a" | "b", "part", "small"> = defineOperation("small", {
  stages: { a: 1, b: 2 },
  levels: ["part"],
});
const bare = defineOperation("bare", {});
assertType<Equal<StageOf<typeof bare>, never>>();

// ── a service: a scoped import; an async function gives a Promise of exactly its result ──

export async function importRows(): Promise<number> {
  const options = { name: "Nightly", total: rows.length, unit: "row" };
  const n = progress.operation("catalog.import", options, async (op) => {
    for (const row of rows) {
      await save(row);
      op.increment();
      op.message(row.title);
    }
    return rows.length;
  });
  assertType<Equal<typeof n, Promise<number>>>();
  return n;
}

// ── sync stays sync; a union splits; a lazy thenable (knex, Prisma, mongoose) becomes one Promise; wrappers still infer ──

declare const lazyQuery: PromiseLike<Row[]> & { where(x: string): void };
export function sync(maybe: number | Promise<number>): void {
  const a = progress.operation("math.sum", () => 42);
  assertType<Equal<typeof a, number>>();
  const b = progress.operation("x", () => maybe);
  assertType<Equal<typeof b, number | Promise<number>>>();
  const c = progress.operation("db.read", () => lazyQuery);
  assertType<Equal<typeof c, Promise<Row[]>>>();
  const d = progress.operation("v", (op) => {
    op.increment();
  });
  assertType<Equal<typeof d, void>>();
}
export function traced<T>(name: string, work: () => Promise<T>): Promise<T> {
  return progress.operation(name, work);
}
export function tracedSync<A>(name: string, work: () => A): A {
  return progress.operation(name, work);
}
export function tracedAny<A extends readonly unknown[], R>(
  name: string,
  work: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return (...args: A): Promise<R> => progress.operation(name, () => work(...args));
}

// ── nested levels of typed kinds, in parallel, with retries and failed items ──

export const build = (): Promise<void> =>
  progress.operation(playlist, { total: rows.length }, async (op) => {
    const rendered = op.stage("render", async (stage) => {
      assertType<Equal<typeof stage, Level<"song" | "action" | "block">>>();
      await Promise.all(
        rows.map((row) =>
          stage.level("song", { id: row.id, name: row.title, total: 5 }, async (song) => {
            for (let attempt = 1; ; attempt++)
              try {
                await song.level("action", async (action) => {
                  action.increment();
                });
                break;
              } catch (error) {
                if (attempt === 3) {
                  stage.itemFailed(error);
                  return;
                }
                song.newAttempt(String(error));
              }
          }),
        ),
      );
    });
    assertType<Equal<typeof rendered, Promise<void>>>();
    await rendered;
  });

// ── a worker: state by id from anywhere, cancellation noticed, status strings ──

export async function job(jobId: string, statusText: string): Promise<void> {
  await progress.operation(clip, { id: jobId }, async (op) => {
    await op.stage("downloading", { unit: "By" }, async (s) => {
      const r = await fetch("https://x", { signal: s.signal });
      s.setTotal(Number(r.headers.get("content-length")) || undefined);
    });
    await op.stage("transcribing", () => sleep(1));
    if (op.signal.aborted) return;
    op.enterStage("analyzing", { percentage: 40, message: "objects" });
    op.level("frame", { total: 3 }, (f) => f.increment());
  });
  const handle = progress.handle(clip, jobId);
  assertType<Equal<typeof handle, Operation<ClipStage, "frame"> | undefined>>();
  if (clip.isStage(statusText)) handle?.enterStage(statusText);
  handle?.update({ percentage: 62 });
  progress.handle(jobId)?.requestCancel("user asked");
  const seen = progress.live.get(clip, jobId);
  assertType<Equal<typeof seen, Snapshot<ClipStage> | undefined>>();
  if (seen?.stage === "uploading") return;
  const asked = progress.live.requestCancel(jobId);
  assertType<Equal<typeof asked, boolean>>();
}

// ── hooks: a definition narrows the stage, an outcome its snapshot ──

export function Bar({ jobId, token }: { jobId: string | undefined; token: string | undefined }): string {
  const { snapshot, connection, error } = useProgress(jobId, {
    url: "/progress",
    token,
    definition: clip,
    pollInterval: "2s",
    onComplete: (done) => {
      assertType<Equal<typeof done.stage, ClipStage | undefined>>();
      console.log(done.endedAt, done.summary);
    },
    onError: (reason) => console.error(reason.message),
  });
  assertType<Equal<NonNullable<typeof snapshot>["stage"], ClipStage | undefined>>();
  assertType<Equal<typeof connection, "connecting" | "open" | "reconnecting" | "closed">>();
  const stages = usePipelineStages(clip);
  assertType<Equal<(typeof stages)[number]["name"], ClipStage>>();
  return `${snapshot?.percentage ?? ""} ${snapshot?.stage === "uploading"} ${stages.map(({ label }) => label)} ${error}`;
}
export function Dashboard(): string {
  const loose = useProgress("id").snapshot?.stage;
  assertType<Equal<typeof loose, string | undefined>>();
  const { operations } = useOperations({ status: ["running"], parentId: null, limit: 20 }, { source: progress.live });
  assertType<Equal<typeof operations, readonly Snapshot[]>>();
  return operations.map(({ name }) => name).join();
}

// ── by hand, with `using` as the safety net ──

export async function byHand(id: string): Promise<void> {
  using op = progress.start("video.encode", { id, signal: AbortSignal.timeout(60_000) });
  assertType<Equal<typeof op, Operation<never, string>>>();
  op.update({ current: 3, total: 10, message: "pass 1" });
  op.update({ increment: 2 });
  op.update({ percentage: 40, etaSeconds: 20 });
  op.complete({ frames: 900 });
}

// ── iterables: arrays, sets, sync and async generators, web streams; element types survive ──

export async function loops(pages: AsyncGenerator<Row>, ids: ReadonlySet<number>, op: Operation<never>): Promise<void> {
  for (const row of progress.track("rows.check", rows, { unit: "row" })) {
    assertType<Equal<typeof row, Row>>();
  }
  for (const id of op.track(ids)) {
    assertType<Equal<typeof id, number>>();
    if (id > 3) break;
  }
  for await (const page of op.track(pages, { unit: "page" })) {
    assertType<Equal<typeof page, Row>>();
  }
  for await (const chunk of op.track(new Response("x").body!)) {
    assertType<Equal<typeof chunk, Uint8Array<ArrayBuffer>>>();
  }
  for await (const r of op.track([Promise.resolve(1)])) {
    assertType<Equal<typeof r, number>>();
  }
  await pipeline(createReadStream("f"), op.trackStream({ total: 10, unit: "By" }), process.stdout);
}

// ── a library: ambient, free when nobody listens, cannot end the caller's work ──

export function parse(text: string): number {
  const scope: Scope | undefined = progress.getActive();
  scope?.message("parsing header");
  const count =
    scope?.level("parse", { total: text.length }, (l) => {
      l.increment(text.length);
      return text.length;
    }) ?? text.length;
  assertType<Equal<typeof count, number>>();
  report(scope);
  return count;
}
function report(to: Reporter | undefined): void {
  to?.increment();
}
export function anyHandle(op: Operation, typed: Operation<"a" | "b", "frame">): void {
  report(op);
  report(typed);
  takes(typed);
}
function takes(op: Operation): void {
  op.increment();
}

// ── parts declared before, with weights, skipped, paused ──

export const session = (): Promise<string> =>
  progress.operation("agent.session", async (op) => {
    const [plan, code, review] = [
      op.declare("plan"),
      op.declare("code", { weight: 5 }),
      op.declare("review", { weight: 2 }),
    ];
    await plan.run(async (l) => l.update({ percentage: 50 }));
    const level = code.start();
    level.pause("waiting for approval");
    level.resume();
    level.complete({ files: 3 });
    review.skip("nothing changed");
    return op.id;
  });

// ── asking: snapshots narrow by status ──

export function describe(id: string): string {
  const s = progress.live.get(id);
  if (!s) return "unknown";
  switch (s.status) {
    case "failed":
      return `${s.error.code ?? s.error.type}: ${s.error.message}`;
    case "completed":
      return `done ${s.endedAt} ${JSON.stringify(s.summary)}`;
    case "cancelled":
      return s.reason ?? "cancelled";
    case "lost":
      return `last seen ${s.lastSeenAt}`;
    case "paused":
      return s.reason ?? "paused";
    case "pending":
    case "running":
      return s.stalled
        ? `stuck on ${s.stalled.waitingOn[0]?.name}`
        : `${s.percentage?.toFixed(1) ?? "?"} % ${s.eta?.seconds ?? ""}`;
    default:
      return s satisfies never;
  }
}
export const slow = (): readonly Snapshot[] =>
  progress.live.list({ status: ["running"], type: "catalog.import", sort: "duration", limit: 5, parentId: null });
export function walk(levels: readonly LevelSnapshot[]): number {
  return levels.reduce((n, l) => n + 1 + walk(l.levels), 0);
}
export async function ask(source: OperationSource, signal: AbortSignal): Promise<string> {
  const live: OperationSource = progress.live;
  for await (const change of live.watch({ type: "x" }, { signal })) {
    if (change.kind === "snapshot") return change.operations[0]?.id ?? "";
    assertType<Equal<typeof change.missed, number>>();
  }
  const found = await source.get("x");
  assertType<Equal<typeof found, Snapshot | undefined>>();
  return found === undefined ? "" : formatReport(found, { levels: 3 });
}

// ── callbacks: the payload narrows by the names asked for ──

export const off: () => void = progress.subscribe(
  (e) => {
    assertType<Equal<typeof e.event, "stalled" | "failed">>();
    if (e.event === "stalled") console.log(e.idleSeconds, e.waitingOn);
    else console.log(e.error.message, e.operation.name);
  },
  { events: ["stalled", "failed"], filter: { type: "catalog.import" } },
);
export const offAll: () => void = progress.subscribe((e) => {
  if (e.event === "cancelRequested") console.log(e.reason);
});

// ── a command-line program: an instance of its own, bars ──

export async function cli(total: number | undefined): Promise<void> {
  await using p = createProgress({ exporters: [terminalBars()], interval: "50ms", strict: false, definitions: [clip] });
  await p.operation("cli.copy", { total }, async (op) => {
    op.increment();
    await sleep(1);
    op.increment();
  });
  const remove: () => void = p.addExporter(consoleExporter({ format: "auto", stream: process.stdout }));
  remove();
  const lines: string[] = [];
  p.addExporter(consoleLines({ format: "json", stream: { write: (text) => lines.push(text) } }));
  const own: OperationExporter = { synchronous: true, export: (changed) => console.log(changed.length) };
  p.addExporter(own);
  await p.forceFlush();
}

// ── a service: telemetry, by itself and in an SDK of one's own ──

export async function serve(): Promise<void> {
  await using telemetry = startTelemetry({ serviceName: "import", endpoint: "http://localhost:4318" });
  assertType<Equal<typeof telemetry, Telemetry>>();
  const whole = new NodeSDK(progressSdkOptions());
  whole.start();
  const merged = new NodeSDK({ ...progressSdkOptions({ exportInterval: "30s" }), instrumentations: [] });
  await merged.shutdown();
  const parts: Partial<NodeSDKConfiguration> = { spanProcessors: [new ProgressSpanProcessor({ progress })] };
  await new NodeSDK(parts).shutdown();
  const reader: Pick<PeriodicExportingMetricReaderOptions, "metricProducers"> = {
    metricProducers: [new ProgressMetricProducer({ progress, minAge: "1s", limit: 10 })],
  };
  console.log(reader);
}

// ── tests of user code ──

export async function myTest(): Promise<void> {
  await using t = createTestProgress({ clock: new ManualClock() });
  const p = t.progress.operation(clip, { total: undefined }, async () => {
    throw new Error("x");
  });
  assertType<Equal<typeof p, Promise<never>>>();
  await t.advance("3s");
  await p.catch((e: unknown) => e instanceof ProgressError && e.code === "TIMEOUT");
  if (t.events.at(-1)?.event !== "failed") throw new Error();
  const codes = t.misuse();
  assertType<Equal<typeof codes, readonly ProgressErrorCode[]>>();
  await using telemetry = await startTestTelemetry();
  console.log(telemetry.spans()[0]?.events[0]?.attributes);
}

// ── what the types cannot refuse, so that the run time must ──

export const durations: readonly Duration[] = ["-5s", "0x10s", "1e3s", "30 s"];
export function unchecked(op: Operation<never>): void {
  [1, 2].forEach(op.increment);
  op.increment(Number.NaN);
}
