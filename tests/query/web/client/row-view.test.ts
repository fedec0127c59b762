// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { arrange } from "../../../../src/query/web/client/arrange.js";
import { readChoices } from "../../../../src/query/web/client/choices.js";
import { RowView } from "../../../../src/query/web/client/row-view.js";
import { held, level, operation } from "./operations.js";

let toggled: string[];
let ids = 0;
beforeEach(() => {
  toggled = [];
  document.body.replaceChildren();
});
const context = {
  traceUrl: undefined,
  mayCancel: () => false,
  cancel: () => {},
  nextId: () => `x${++ids}`,
  toggle: (id: string) => void toggled.push(id),
};
const node = (given: Parameters<typeof operation>[1] = {}, search = "") => {
  const { attention, running } = arrange(new Map([held(operation("a", given))]), readChoices(search), 1_000, 10);
  return [...attention.nodes, ...running.nodes][0]!;
};
const row = (given: Parameters<typeof operation>[1] = {}, search = "") => {
  const first = node(given, search);
  const view = new RowView(first, context);
  view.update(first);
  document.body.append(view.element);
  return view;
};
const text = (view: RowView, selector: string) => {
  const element = view.element.querySelector<HTMLElement>(selector)!;
  return element.hidden ? undefined : element.textContent;
};

describe("a row", () => {
  it("says what it is, how far, how fast and how long", () => {
    const view = row({
      name: "Nightly",
      stage: "load",
      percentage: 30,
      current: 3,
      total: 10,
      rate: 2,
      progressedAt: "2026-01-01T12:00:09.000Z",
      unit: "row",
      eta: { seconds: 60, low: 50, high: 90, basis: "rate" },
    });
    const said = [
      ".name",
      ".type",
      ".tone",
      ".percent",
      ".stage",
      ".amount",
      ".rate",
      ".elapsed",
      ".eta",
      ".range",
      ".note",
    ];
    expect(said.map((selector) => text(view, selector))).toEqual([
      "Nightly",
      "import",
      undefined,
      "30%",
      "load",
      "3 of 10 rows",
      "2 rows/s",
      "for 10s",
      "1m left",
      "50s to 1m 30s",
      undefined,
    ]);
    expect(view.element.dataset["tone"]).toBe("running");
  });

  it("has a real progress bar with its name, and none when it completed", () => {
    const view = row({ percentage: 33.333 });
    const bar = view.element.querySelector("progress")!;
    expect([bar.getAttribute("value"), bar.max, bar.getAttribute("aria-valuetext")]).toEqual([
      "33.3",
      100,
      "33 percent",
    ]);
    expect(document.getElementById(bar.getAttribute("aria-labelledby")!)!.textContent).toBe("a");
    view.update(node({}));
    expect([bar.hasAttribute("value"), bar.hidden]).toEqual([false, false]);
    view.update(node({ percentage: 50, coverage: 0.4 }));
    expect([bar.dataset["sure"], text(view, ".percent")]).toEqual(["no", "≥50%"]);
    view.update(node({ status: "completed", percentage: 100, endedAt: "2026-01-01T12:00:05.000Z" }));
    expect([bar.hidden, text(view, ".percent"), text(view, ".ended")]).toEqual([true, undefined, "just now"]);
  });

  it("shows that it idles in the place of its rate", () => {
    const view = row({ current: 1, rate: 3, progressedAt: "2026-01-01T11:59:50.000Z" });
    expect([text(view, ".idle"), text(view, ".rate")]).toEqual(["idle 20s", undefined]);
  });

  it("has its parts below it, which open nothing themselves", () => {
    const view = row({ levels: [level("l1", { name: "a.csv" })] });
    expect(view.element.querySelectorAll(".parts .level").length).toBe(1);
    expect([text(view, ".level .name"), text(view, ".level .type")]).toEqual(["a.csv", undefined]);
    expect(view.element.querySelectorAll(".toggle").length).toBe(1);
    view.update(node({ levels: [level("l1", { name: "a.csv" })] }, "?open=a"));
    expect(text(view, ".level .type")).toBe("part");
  });

  it("opens by its button and by its row, not by what is in it", () => {
    const view = row();
    view.element.querySelector<HTMLElement>(".toggle")!.click();
    view.element.querySelector<HTMLElement>(".facts")!.click();
    expect(toggled).toEqual(["a", "a"]);
  });

  it("does not open for who marks text", () => {
    const view = row();
    document.getSelection()!.selectAllChildren(view.element.querySelector(".name")!);
    view.element.querySelector<HTMLElement>(".facts")!.click();
    expect(toggled).toEqual([]);
    document.getSelection()!.removeAllRanges();
  });

  it("has its details while it is open, and says so", () => {
    const view = row({}, "?open=a");
    const toggle = view.element.querySelector(".toggle")!;
    expect(toggle.getAttribute("aria-expanded")).toBe("true");
    expect(document.getElementById(toggle.getAttribute("aria-controls")!)!.className).toBe("detail");
    view.update(node());
    expect([toggle.getAttribute("aria-expanded"), view.element.querySelector(".detail")]).toEqual(["false", null]);
  });
});
