// Joined work in traces and metrics, and processes that are joined by their environment.

import { context, trace } from "@opentelemetry/api";
import { describe, expect, it, vi } from "vitest";
import type { LevelSnapshot } from "../../../src/model.js";
import { startTestTelemetry } from "../../../src/testing.js";
import { memberOf, Wire } from "./wire.js";

const outline = (levels: readonly LevelSnapshot[]): unknown[] =>
  levels.map(({ id, type, status, current, levels: below }) => [id, type, status, current, ...outline(below)]);

describe("spans", () => {
  it("of joined work are children of the carrier's span; the owner's metrics count the items of both once", async () => {
    await using telemetry = await startTestTelemetry();
    const wire = new Wire();
    const [owner, worker] = [memberOf(wire, "o"), memberOf(wire, "w")];
    const op = owner.progress.start("import", { id: "job" });
    const carrier = JSON.parse(JSON.stringify(op.carrier()));
    const outside = trace.getTracer("app").startSpan("request");
    context.with(trace.setSpan(context.active(), outside), () =>
      worker.progress.join(carrier, (scope) => {
        trace.getTracer("db").startSpan("query").end();
        scope.increment(2);
        scope.event("halfway", { at: 2 });
        scope.level("part", (level) => level.increment(4));
        worker.progress.operation("inner", () => {});
      }),
    );
    outside.end();
    op.complete();
    const spans = telemetry.spans();
    const own = spans.find(({ name }) => name === "import")!;
    const { traceId, spanId } = own.spanContext();
    for (const name of ["query", "part", "inner"]) {
      const { parentSpanContext } = spans.find((span) => span.name === name)!;
      expect([name, parentSpanContext]).toMatchObject([name, { traceId, spanId }]);
    }
    expect(spans.map(({ name }) => name).sort()).toEqual(["import", "inner", "part", "query", "request"]);
    expect(own.events.map(({ name, attributes }) => [name, attributes])).toContainEqual(["halfway", { at: 2 }]);
    const items = (await telemetry.metrics()).filter(({ name }) => name === "progress.items");
    expect(items.map(({ attributes, value }) => [attributes["progress.level.type"], value])).toEqual([
      [undefined, 2],
      ["part", 4],
    ]);
    await Promise.all([owner, worker].map(({ progress }) => progress.shutdown()));
  });

  it("follow the trace though nothing else can be understood", async () => {
    await using telemetry = await startTestTelemetry();
    const { progress } = memberOf(new Wire(), "w");
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    progress.join({ traceparent, progress: "?" }, () => trace.getTracer("db").startSpan("query").end());
    expect(telemetry.spans()[0]!.parentSpanContext).toMatchObject({ traceId: "a".repeat(32), spanId: "b".repeat(16) });
  });
});

describe("a process that was started for an operation", () => {
  it("makes its top-level operations parts of it", () => {
    const wire = new Wire();
    const owner = memberOf(wire, "o");
    const op = owner.progress.start("build", { id: "job" });
    vi.stubEnv("PROGRESS_CARRIER", JSON.stringify(op.carrier()));
    const child = memberOf(wire, "c");
    vi.unstubAllEnvs();
    child.progress.operation("compile", { id: "c", total: 2 }, (inner) => {
      inner.increment();
      child.tick();
      expect(outline(op.snapshot().levels)).toEqual([["c", "compile", "running", 1]]);
      expect(child.progress.live.get("c")?.parentId).toBe("job");
    });
    expect(op.snapshot().counts).toMatchObject({ completed: 1 });
    child.progress.operation("aside", { detached: true }, () => {});
    expect(op.snapshot().counts).toMatchObject({ total: 1 });
    expect(child.progress.live.list().map(({ id }) => id)).toEqual(["c-2", "c"]);
  });

  it("takes no notice of what is no carrier, and says so once", () => {
    for (const text of ["{", "5", '{"progress":"x"}']) {
      vi.stubEnv("PROGRESS_CARRIER", text);
      const child = memberOf(new Wire(), "c");
      vi.unstubAllEnvs();
      child.progress.operation("compile", () => {});
      expect([text, child.progress.live.stats().losses]).toEqual([text, { carriers_refused: 1 }]);
    }
  });
});
