// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { type DetailContext, DetailView } from "../../../../src/query/web/client/detail-view.js";
import { noonPlus, operation } from "./operations.js";

beforeEach(() => document.body.replaceChildren());
const details = (given: Parameters<typeof operation>[1], traceUrl?: string, more: Partial<DetailContext> = {}) => {
  const view = new DetailView({ traceUrl, mayCancel: () => false, cancel: () => expect.unreachable(), ...more });
  document.body.append(view.element);
  view.update(operation("a", given));
  return view;
};
const facts = ({ element }: DetailView) =>
  Object.fromEntries(
    [...element.querySelectorAll("dl > div")].map((row) => [...row.children].map((cell) => cell.textContent)),
  );

describe("details", () => {
  it("are what is known, and nothing else", () => {
    const { Started, ...rest } = facts(details({ attributes: { region: "eu", tags: ["a", "b"], none: undefined } }));
    expect(Started).toContain("2026");
    expect(rest).toEqual({ Id: "a", Type: "import", Process: "box, pid 7", region: "eu", tags: "a, b" });
  });

  it("name the process as far as it is known", () => {
    const process = (instance: object) => facts(details({ instance }))["Process"];
    expect([process({ id: "i" }), process({ id: "i", host: "box" })]).toEqual([undefined, "box"]);
  });

  it("of a failure say what caused it", () => {
    const causes = [
      { type: "E", message: "disk full" },
      { type: "E", message: "no space" },
    ];
    const error = { type: "IOError", message: "m", details: { file: "a" }, causes };
    const found = facts(details({ status: "failed", endedAt: noonPlus(1), error, attempt: 2 }));
    expect(found).toMatchObject({
      Error: "IOError",
      "Caused by": "disk full; no space",
      "Error details": '{"file":"a"}',
      Attempt: "2",
    });
  });

  it("of what ended, was lost, stalls or runs say the rest", () => {
    const usage = { cpuSeconds: 1, cpuUtilization: 0.5, memoryBytes: 2e6, memoryGrowthBytes: 0 };
    expect(
      facts(details({ status: "completed", endedAt: noonPlus(1), summary: "all well", process: usage })),
    ).toMatchObject({
      Summary: "all well",
      "Whole process": "CPU 50%, memory 2 MB",
    });
    expect(facts(details({ status: "lost", lastSeenAt: noonPlus(1) }))["Last seen"]).toContain("2026");
    const waitingOn = [{ name: "SELECT", elapsedSeconds: 5, attributes: {} }];
    const counts = { total: 9, completed: 4, failed: 1, pending: 4 };
    const eta = { seconds: 1, low: 1, high: 1, basis: "history" };
    expect(
      facts(details({ stalled: { seconds: 9, waitingOn }, counts, eta, rate: 2, meanRate: 1, peakRate: 3 })),
    ).toMatchObject({
      "Waiting on": "SELECT (5s)",
      Parts: "4 of 9 completed, 1 failed, 4 to come",
      "Estimate by": "earlier runs",
      Rate: "2/s",
      "Mean rate": "1/s",
      "Peak rate": "3/s",
    });
  });

  it("have the curves of progress and rate, told in words too", () => {
    const curve = [
      [2.5, 0.25],
      [5, 0.5],
    ];
    const { element } = details({ curve, percentage: 50, total: 100, unit: "row", description: "Imports all" });
    const labels = [...element.querySelectorAll("svg")].map((svg) => svg.getAttribute("aria-label"));
    expect(labels).toEqual(["Progress: 50% after 10s", "Rate: at most 10 rows/s in 10s"]);
    expect(element.querySelector(".description")!.textContent).toBe("Imports all");
    const shares = details({ curve, percentage: 50 }).element.querySelectorAll("svg")[1]!;
    expect(shares.getAttribute("aria-label")).toBe("Rate: at most 600%/min in 10s");
  });

  it("link to the trace when there is one, in a window of its own", () => {
    const link = ({ element }: DetailView) => element.querySelector("a")!;
    const there = link(details({ traceId: "t" }, "https://jaeger/{traceId}"));
    expect([there.href, there.target, there.rel]).toEqual(["https://jaeger/t", "_blank", "noopener noreferrer"]);
    const without = link(details({ traceId: "t" }));
    expect([without.hasAttribute("href"), without.parentElement!.hidden]).toEqual([false, true]);
  });

  it("offer to cancel what goes on, once, where that is allowed", () => {
    const asked: string[] = [];
    const allowed = { mayCancel: () => true, cancel: ({ id }: { id: string }) => void asked.push(id) };
    const offered = (given: Parameters<typeof operation>[1], more: Partial<DetailContext> = allowed) => {
      const button = details(given, undefined, more).element.querySelector("button")!;
      return !button.hidden && !button.parentElement!.hidden;
    };
    const cancelRequested = { at: noonPlus(1) };
    expect([{}, { status: "paused" }, { status: "pending" }].map((given) => offered(given))).toEqual([
      true,
      true,
      true,
    ]);
    const not = [{ status: "completed" }, { status: "lost", lastSeenAt: noonPlus(1) }, { cancelRequested }];
    expect([...not.map((given) => offered(given)), offered({}, {})]).toEqual([false, false, false, false]);
    details({}, undefined, allowed).element.querySelector("button")!.click();
    expect(asked).toEqual(["a"]);
  });

  it("stay as they are while somebody marks text in them", () => {
    const view = details({ attributes: { region: "eu" } });
    document.getSelection()!.selectAllChildren(view.element.querySelector("dl")!);
    view.update(operation("a", { attributes: { region: "us" } }));
    expect(facts(view)["region"]).toBe("eu");
    document.getSelection()!.removeAllRanges();
    view.update(operation("a", { attributes: { region: "us" } }));
    expect(facts(view)["region"]).toBe("us");
  });
});
