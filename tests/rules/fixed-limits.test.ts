// What is limited for good, without an option: what fits, what happens with one more, and what counts that.

import { readFileSync } from "node:fs";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { coreOf } from "../../src/instrumentation/core.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import type { Progress } from "../../src/instrumentation/progress.js";
import { ProgressSpanProcessor } from "../../src/instrumentation/span-processor.js";
import type { ErrorInfo } from "../../src/model.js";
import { type Fill, filled, named, numbered, text } from "./filled.js";

const docs = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
const start = (progress: Progress) => progress.start("job") as Operation<never, string>;
const user = (count: number) => (op: Operation<never, string>) => {
  for (const n of numbered(count)) op.event(`e${n}`);
};
/** The length of a summary whose text as JSON is that long. */
const json = (length: number) => text(length - 2);
/** What fits, and what one more is counted as. */
const FIXED: readonly [what: string, most: number, counter: string | undefined, fill: Fill][] = [
  ["ids", 256, "text_clipped", (progress, n) => progress.start("job", { id: text(n) }).id.length],
  ["names", 256, "text_clipped", (progress, n) => progress.start("job", { name: text(n) }).snapshot().name.length],
  ["types", 256, "text_clipped", (progress, n) => progress.start(text(n)).type.length],
  ["units", 256, "text_clipped", (progress, n) => progress.start("job", { unit: text(n) }).snapshot().unit!.length],
  ["ids of levels", 256, "text_clipped", (progress, n) => start(progress).startLevel("p", { id: text(n) }).id.length],
  ["types of levels", 256, "text_clipped", (progress, n) => start(progress).startLevel(text(n)).type.length],
  [
    "names of attributes",
    256,
    "attributes_dropped",
    (progress, n) => {
      const op = progress.start("job", { attributes: { [text(n)]: 1 } });
      return Object.keys(op.snapshot().attributes).length === 1 ? n : 256;
    },
  ],
  [
    "messages",
    1_024,
    "text_clipped",
    (progress, n) => {
      const op = start(progress);
      op.message(text(n));
      return op.snapshot().message!.length;
    },
  ],
  [
    "reasons",
    1_024,
    "text_clipped",
    (progress, n) => {
      const op = start(progress);
      op.cancel(text(n));
      return (op.snapshot() as { reason: string }).reason.length;
    },
  ],
  [
    "texts of errors",
    1_024,
    "text_clipped",
    (progress, n) => {
      const op = start(progress);
      op.fail(new Error(text(n)));
      return (op.snapshot() as { error: { message: string } }).error.message.length;
    },
  ],
  [
    "attribute texts",
    1_024,
    "text_clipped",
    (progress, n) =>
      (progress.start("job", { attributes: { a: text(n) } }).snapshot().attributes["a"] as string).length,
  ],
  [
    "values of an attribute",
    128,
    "attributes_dropped",
    (progress, n) =>
      (progress.start("job", { attributes: { a: numbered(n) } }).snapshot().attributes["a"] as readonly string[])
        .length,
  ],
  [
    "attributes that are added one by one",
    64,
    "attributes_dropped",
    (progress, n) => {
      const op = start(progress);
      for (const [name, value] of Object.entries(named(n))) op.setAttributes({ [name]: value });
      for (const name of Object.keys(named(64))) op.setAttributes({ [name]: "again" }); // takes no room
      return Object.keys(op.snapshot().attributes).length;
    },
  ],
  [
    "attributes of an event",
    64,
    "attributes_dropped",
    (progress, n, telemetry) => {
      progress.operation("job", (op) => op.event("mine", named(n)));
      return Object.keys(telemetry.spans()[0]!.events.find(({ name }) => name === "mine")!.attributes!).length;
    },
  ],
  [
    "characters of a summary as JSON",
    16_384,
    "attributes_dropped",
    (progress, n) => {
      const op = start(progress);
      op.complete(json(n));
      const { summary } = op.snapshot() as { summary?: string };
      return summary === undefined ? 16_384 : summary.length + 2;
    },
  ],
  [
    "characters of details as JSON",
    16_384,
    "attributes_dropped",
    (progress, n) => {
      const op = start(progress);
      op.fail(new Error("x"), { details: json(n) });
      const { details } = (op.snapshot() as { error: { details?: string } }).error;
      return details === undefined ? 16_384 : details.length + 2;
    },
  ],
  [
    "errors behind an error",
    8,
    undefined,
    (progress, n) => {
      const op = start(progress);
      op.fail(numbered(n + 1).reduceRight<Error | undefined>((cause, name) => new Error(name, { cause }), undefined));
      return (op.snapshot() as { error: ErrorInfo }).error.causes!.length;
    },
  ],
  [
    "events of your own per span",
    32,
    "events_dropped",
    (progress, n, telemetry) => {
      progress.operation("job", user(n));
      return telemetry.spans()[0]!.events.filter(({ name }) => name.startsWith("e")).length;
    },
  ],
  [
    "status events per span",
    32,
    "events_dropped",
    (progress, n, telemetry) => {
      progress.operation("job", (op) => {
        for (let at = 0; at < n; at++) at % 2 === 0 ? op.pause() : op.resume();
      });
      return telemetry.spans()[0]!.events.filter(({ name }) => name === "progress.status").length;
    },
  ],
  [
    "events waiting for their listeners",
    10_000,
    "events_dropped",
    async (progress, n) => {
      let heard = 0;
      progress.subscribe(() => heard++, { events: ["started"] });
      for (let at = 0; at < n; at++) progress.start("job");
      await Promise.resolve();
      return heard;
    },
  ],
  [
    "spans of others followed per operation",
    256,
    "spans_untracked",
    (progress, n) => {
      const processor = new ProgressSpanProcessor({ progress });
      const span = (id: string) => ({
        name: id,
        startTime: [0, 0] as [number, number],
        attributes: {},
        status: { code: 0 },
        instrumentationScope: { name: "app" },
        spanContext: () => ({ traceId: "t", spanId: id, traceFlags: 1 }),
      });
      return progress.operation("job", () => {
        for (const id of numbered(n)) processor.onStart(span(id), ROOT_CONTEXT);
        const { inFlight } = coreOf(progress).state;
        return numbered(n).filter((id) => inFlight.operationOf(`t-${id}`) !== undefined).length;
      });
    },
  ],
];

describe("what is fixed", () => {
  it.each(FIXED)("%s: %d fit, and one more is too many", async (_what, most, counter, fill) => {
    expect(await filled({}, fill, most)).toEqual([most, {}]);
    expect(await filled({}, fill, most + 1)).toEqual([most, counter === undefined ? {} : { [counter]: 1 }]);
  });

  it("more update events per span leave less room for those of your own: 127 in all", async () => {
    const fill: Fill = (progress, n, telemetry) => {
      progress.operation("job", user(n));
      return telemetry.spans()[0]!.events.length;
    };
    expect(await filled({ eventsPerSpan: 100 }, fill, 13)).toEqual([13, {}]);
    expect(await filled({ eventsPerSpan: 100 }, fill, 14)).toEqual([13, { events_dropped: 1 }]);
  });

  it("the documentation gives every number of its table as it is here, with its counters", () => {
    const [, table] = /^### Fixed limits\n([\s\S]*?)\n\n(?!\|)/m.exec(docs)!;
    const rows = [...table!.matchAll(/^\| [^|]+ \| ([\d,]+)( KiB)? \| ([^|]*) \|$/gm)];
    const documented = rows.flatMap(([, number, kib, counted]) => {
      const most = Number(number!.replaceAll(",", "")) * (kib === undefined ? 1 : 1_024);
      return (counted!.match(/[a-z]+_[a-z]+/g) ?? [undefined]).map((counter) => `${most} ${counter}`);
    });
    expect(documented.length).toBe(9);
    const tested = new Set(FIXED.map(([, most, counter]) => `${most} ${counter}`));
    expect(documented.filter((row) => !tested.has(row))).toEqual([]);
  });
});
