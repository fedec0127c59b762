import { describe, expect, expectTypeOf, it } from "vitest";
import type {
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from "vscode-languageserver-protocol";
import { WorkDone, type WorkDoneProgressValue } from "../../src/exporters/work-done.js";
import type { Snapshot } from "../../src/model.js";
import { snapshotOf } from "../query/source.js";

const of = (more: Partial<Snapshot>) => snapshotOf("1", 0, { name: "Index", ...more } as Partial<Snapshot>);

describe("the values of LSP", () => {
  it("are those of the protocol's own types", () => {
    type Theirs = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;
    expectTypeOf<WorkDoneProgressValue>().toExtend<Theirs>();
  });

  it("begin with a title, report what changed as whole percents, and end with the outcome", () => {
    const work = new WorkDone();
    const next = (more: Partial<Snapshot>) => work.next(of(more), true);
    expect(next({ percentage: 0, message: "a.ts" })).toEqual({
      kind: "begin",
      title: "Index",
      cancellable: true,
      message: "a.ts",
      percentage: 0,
    });
    expect(next({ percentage: 0.9, message: "a.ts" })).toBeUndefined();
    const report = { kind: "report", cancellable: true };
    expect(next({ percentage: 1.9, message: "a.ts" })).toEqual({ ...report, message: "a.ts", percentage: 1 });
    expect(next({ percentage: 1.9, message: "b.ts" })).toEqual({ ...report, message: "b.ts", percentage: 1 });
    expect(next({ status: "completed", endedAt: "" } as Partial<Snapshot>)).toEqual({
      kind: "end",
      message: "completed",
    });
  });

  it.each([
    [{ status: "failed", endedAt: "", error: { type: "Error", message: "disk\nfull" } }, "failed: disk full"],
    [{ status: "cancelled", endedAt: "", reason: "by the user" }, "cancelled: by the user"],
    [{ status: "cancelled", endedAt: "" }, "cancelled"],
    [{ status: "lost", lastSeenAt: "" }, "lost"],
  ])("%j ends as %j", (more, message) => {
    expect(new WorkDone().next(of(more as Partial<Snapshot>), false)).toEqual({ kind: "end", message });
  });

  it("have no percentage if there was none at the beginning, and none that falls", () => {
    const without = new WorkDone();
    without.next(of({}), false);
    expect(without.next(of({ percentage: 50, message: "x" }), false)).not.toHaveProperty("percentage");
    const falling = new WorkDone();
    falling.next(of({ percentage: 50 }), false);
    expect(falling.next(of({ percentage: 10, message: "again" }), false)).toMatchObject({ percentage: 50 });
    expect(falling.next(of({ message: "unknown" }), false)).toMatchObject({ percentage: 50 });
  });

  it("offer no cancellation once it was asked for", () => {
    const work = new WorkDone();
    expect(work.next(of({}), true)).toMatchObject({ cancellable: true });
    const asked = { cancelRequested: { at: "2026-01-01T00:00:00Z" } } as Partial<Snapshot>;
    expect(work.next(of(asked), true)).toEqual({ kind: "report", cancellable: false, message: "" });
  });
});
