import { context, ROOT_CONTEXT, type Span, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProgressSpanProcessor } from "../../src/instrumentation/span-processor.js";
import type { Snapshot } from "../../src/model.js";
import { createTestProgress, startTestTelemetry, type TestProgress, type TestTelemetry } from "../../src/testing.js";

let telemetry: TestTelemetry;
let test: TestProgress;
let processor: ProgressSpanProcessor;
beforeEach(async () => {
  test = createTestProgress({ stallTimeout: "5s" });
  processor = new ProgressSpanProcessor({ progress: test.progress });
  telemetry = await startTestTelemetry({ spanProcessors: [processor] });
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
  await telemetry[Symbol.asyncDispose]();
});

const open = (name: string, attributes = {}): Span => trace.getTracer("app").startSpan(name, { attributes });
const within = <T>(span: Span, fn: () => T): T => context.with(trace.setSpan(context.active(), span), fn);
const stalledOf = (id: string) => (test.progress.live.get(id) as Snapshot & { status: "running" }).stalled;
const waitingOn = (id: string) => stalledOf(id)?.waitingOn.map(({ name }) => name);

describe("what a stalled operation waits for", () => {
  it("is the innermost unfinished span of others under it, with its age and attributes of now", async () => {
    const events: unknown[] = [];
    test.progress.subscribe((event) => events.push(event.waitingOn), { events: ["stalled"] });
    let query!: Span;
    test.progress.operation("job", { id: "a" }, () => {
      const request = open("POST /import");
      within(request, () => {
        query = open("SELECT", { "db.system": "postgres" });
      });
      return new Promise(() => {});
    });
    await test.advance("5s");
    expect(stalledOf("a")).toEqual({
      seconds: 5,
      waitingOn: [{ name: "SELECT", elapsedSeconds: 5, attributes: { "db.system": "postgres" } }],
    });
    expect(events).toEqual([[{ name: "SELECT", elapsedSeconds: 5, attributes: { "db.system": "postgres" } }]]);
    const before = stalledOf("a")!.waitingOn[0]!;
    query.setAttribute("db.rows", 7);
    expect(before.attributes).toEqual({ "db.system": "postgres" }); // a copy, not the span's own
    expect(stalledOf("a")!.waitingOn[0]!.attributes).toEqual({ "db.system": "postgres", "db.rows": 7 });
    query.end();
    expect(waitingOn("a")).toEqual(["POST /import"]);
  });

  it("is in the stall event of the operation's span", async () => {
    const op = test.progress.start("job");
    open("unrelated");
    const level = op.startLevel("part");
    level.declare("piece").run(() => {
      open("fetch a");
      open("fetch b");
    });
    await test.advance("6s");
    op.complete();
    const span = telemetry.spans().find(({ name }) => name === "job")!;
    expect(span.events.find(({ name }) => name === "progress.stalled")?.attributes).toEqual({
      "progress.idle_time": 5,
      "progress.waiting_on": ["fetch a", "fetch b"],
    });
  });

  it("shows the five that wait longest", async () => {
    test.progress.operation("job", { id: "a" }, () => {
      for (let n = 0; n < 10; n++) {
        open(`fetch ${n}`);
        test.clock.block(1);
      }
      return new Promise(() => {});
    });
    await test.advance("6s");
    expect(waitingOn("a")).toEqual([0, 1, 2, 3, 4].map((n) => `fetch ${n}`));
  });

  it("follows 256 spans per operation, counts the others, and has room again when some end", async () => {
    const spans: Span[] = [];
    let carried = context.active();
    test.progress.operation("job", { id: "a" }, () => {
      carried = context.active();
      for (let n = 0; n < 260; n++) spans.push(open(`fetch ${n}`));
      return new Promise(() => {});
    });
    expect(test.progress.live.stats().losses).toEqual({ spans_untracked: 4 });
    for (const span of spans) span.end();
    context.with(carried, () => open("again"));
    await test.advance("5s");
    expect(waitingOn("a")).toEqual(["again"]);
    expect(test.progress.live.stats().losses).toEqual({ spans_untracked: 4 });
  });

  it("without spans of others it is the innermost open levels; nested operations wait for themselves", async () => {
    test.progress.operation("job", { id: "a" }, (op) =>
      op.level("part", () => {
        test.progress.start("nested", { id: "n" });
        return new Promise(() => {});
      }),
    );
    await test.advance("6s");
    expect(waitingOn("a")).toEqual(["part"]);
  });

  it("a nested operation's spans are its own", async () => {
    test.progress.operation("job", { id: "a" }, () => {
      open("outside");
      return test.progress.operation("nested", { id: "n" }, () => {
        open("inside");
        return new Promise(() => {});
      });
    });
    await test.advance("6s");
    expect([waitingOn("a"), waitingOn("n")]).toEqual([["outside"], ["inside"]]);
  });

  it("a span under a followed one is found by its parent alone", async () => {
    let request!: Span;
    test.progress.operation("job", { id: "a" }, () => {
      request = open("request");
      return new Promise(() => {});
    });
    context.with(trace.setSpan(ROOT_CONTEXT, request), () => open("query"));
    await test.advance("5s");
    expect(waitingOn("a")).toEqual(["query"]);
  });

  it("spans that outlive their operation, or start after it, belong to none", async () => {
    let carried = context.active();
    let early!: Span;
    test.progress.operation("job", { id: "a" }, () => {
      carried = context.active();
      early = open("early");
    });
    const late = context.with(carried, () => open("late"));
    within(early, () => open("under early"));
    early.end();
    late.end();
    expect(test.progress.live.get("a")!.status).toBe("completed");
    expect(test.progress.live.stats().losses).toEqual({});
    expect(telemetry.spans().map(({ name }) => name)).toEqual(["job", "early", "late"]);
  });
});

describe("the processor", () => {
  it("of one instance ignores the operations of another", async () => {
    await using other = createTestProgress();
    await other.progress.operation("theirs", { id: "t" }, async () => void open("fetch").end());
    expect(test.progress.live.list()).toEqual([]);
    other.progress.operation("theirs", { id: "u" }, () => {
      open("fetch");
      return new Promise(() => {});
    });
    await other.advance("5m");
    expect((other.progress.live.get("u") as { stalled?: unknown }).stalled).toEqual({ seconds: 300, waitingOn: [] });
  });

  it("survives a span it cannot read, and says so", () => {
    const broken = { name: "broken", instrumentationScope: { name: "app" } } as never;
    processor.onStart(broken, ROOT_CONTEXT);
    processor.onEnd(broken);
    expect(test.progress.live.stats().losses).toEqual({ internal_errors: 2 });
  });

  it("is refused anything but an instance", () => {
    expect(() => new ProgressSpanProcessor({ progress: {} as never })).toThrow(TypeError);
  });
});
