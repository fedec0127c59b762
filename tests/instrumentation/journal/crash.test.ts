// Real processes with a journal: one is killed, or stopped and taken for dead, and others come after it.

import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createJournalSource } from "../../../src/query/node.js";
import { attributesOf, type Receiver, startReceiver } from "../../otlp-receiver.js";
import { type Installation, installPackage, startWorker, type Worker } from "../../services/application.js";
import { until } from "../../services/polling.js";
import { temporary } from "./members.js";

let installation: Installation;
beforeAll(() => {
  installation = installPackage(["worker.mjs"], process.env["SDK"] as "sdk2" | "sdk3");
}, 120_000);
afterAll(() => installation?.[Symbol.dispose]());

let receiver: Receiver;
let journal: string;
beforeEach(async () => {
  journal = temporary();
  receiver = await startReceiver();
  return () => receiver[Symbol.asyncDispose]();
});

/** However long it takes on a busy machine, its spans are those of its work. */
const QUIET = { PROGRESS_CHECKPOINT_AFTER: "never", OTEL_METRICS_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" };
const start = (env: Readonly<Record<string, string>> = {}): Promise<Worker> =>
  startWorker(installation, {
    endpoint: receiver.endpoint,
    serviceName: "importer",
    exportInterval: "1s",
    env: { PROGRESS_JOURNAL: journal, ...QUIET, ...env },
  });
const files = () => readdirSync(journal);
const text = () => files().map((name) => readFileSync(join(journal, name), "utf8"));
const spans = (name: string) => receiver.spans().filter((span) => span.name === name);

/** One that imports, with 42 of 100 rows in its journal. */
async function importing(env: Readonly<Record<string, string>> = {}): Promise<Worker> {
  const worker = await start(env);
  await worker.call("start", "nightly", "catalog.import", { total: 100, unit: "row" });
  await worker.call("level", "file", "nightly", "file", {});
  await worker.call("tell", "nightly", "update", { current: 42, message: "row 42" });
  await until("its progress is written", text, ([first]) => first?.includes('"current":42') === true);
  return worker;
}
/** For whoever reads the time of the file, half a minute passes. */
function age(): void {
  const before = Date.now() / 1_000 - 31;
  for (const name of files()) utimesSync(join(journal, name), before, before);
}

/** Its first look at the journals of others comes in the turn after its first message: the second is answered after it. */
async function looked(worker: Worker): Promise<void> {
  await worker.call("flush");
  await worker.call("flush");
}

it("what a killed process was doing is told once by those that come after it, as it was last seen", async () => {
  const victim = await importing();
  await victim.kill();
  age();
  const others = await Promise.all([start(), start(), start()]);
  await Promise.all(others.map(looked));
  await Promise.all(others.map((other) => other.kill()));
  expect([spans("catalog.import").length, spans("file").length, receiver.spans().length]).toEqual([1, 1, 2]);
  const [operation] = spans("catalog.import");
  expect(attributesOf(operation!.attributes)).toMatchObject({
    "progress.operation.id": "nightly",
    "progress.status": "lost",
    "progress.current": 42,
    "progress.total": 100,
    "progress.ratio": 0.42,
    "error.type": "LOST",
  });
  const [file] = spans("file");
  expect([file!.traceId, file!.parentSpanId]).toEqual([operation!.traceId, operation!.spanId]);
  expect(files()).toEqual([]);
}, 120_000);

it("a stopped process is not taken for dead where it can be seen; where it was, it does not end its spans again", async () => {
  await using victim = await importing();
  process.kill(victim.pid, "SIGSTOP");
  age();
  const other = await start();
  await looked(other);
  await other.kill();
  expect([receiver.spans(), files().length]).toEqual([[], 1]);

  // From another machine nobody can see whether it lives. In place, as the stopped process has the file open.
  const path = join(journal, files()[0]!);
  writeFileSync(path, readFileSync(path, "utf8").replaceAll(hostname(), "x".repeat(hostname().length)));
  age();
  await using third = await start();
  await looked(third);
  expect([spans("catalog.import").length, files()]).toEqual([1, []]);

  process.kill(victim.pid, "SIGCONT");
  await victim.call("start", "later", "catalog.check", {});
  await until("it goes on in a new file", text, ([first]) => first?.includes('"later"') === true);
  expect(text()[0]).toContain('"nightly"');
  for (const id of ["file", "nightly"]) await victim.call("tell", id, "complete");
  await victim.call("tell", "later", "complete");
  await looked(victim);
  await until("nothing is left", files, (names) => names.length === 0);
  const names = receiver.spans().map(({ name }) => name);
  expect(names.sort()).toEqual(["catalog.check", "catalog.import", "file"]);
}, 120_000);

it("what had ended in a killed process is history, and so is what it was doing when it was found", async () => {
  const wanted = { PROGRESS_JOURNAL_HISTORY: "true" };
  const source = createJournalSource(journal);
  const victim = await importing(wanted);
  await victim.call("start", "other", "catalog.check", {});
  await until("it is in the journal", text, (found) => found.some((one) => one.includes('"other"')));
  await victim.call("tell", "other", "complete");
  await until(
    "its end is written",
    async () => source.get("other"),
    (found) => found !== undefined,
  );
  await victim.kill();
  expect(await source.list()).toMatchObject([{ id: "other", type: "catalog.check", status: "completed" }]);
  age();
  await using other = await start(wanted);
  await looked(other);
  const found = await source.list({ sort: "duration" });
  expect(found.map(({ id, status }) => `${id} ${status}`).sort()).toEqual(["nightly lost", "other completed"]);
  expect(await source.get("nightly")).toMatchObject({ current: 42, percentage: 42, instance: { pid: victim.pid } });
  expect((await source.stats()).losses).toEqual({});
}, 120_000);
