// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { endedNode } from "../../../../src/query/web/client/arrange.js";
import { SectionView } from "../../../../src/query/web/client/section-view.js";
import { NOON_MILLIS, operation } from "./operations.js";
import { openPage } from "./page-document.js";

it("a section shows rows, their count, and more on request", () => {
  openPage();
  let asked = 0;
  const context = {
    traceUrl: undefined,
    mayCancel: () => false,
    cancel: () => {},
    nextId: () => "x",
    toggle: () => {},
  };
  const view = new SectionView("running", context, () => asked++);
  const element = document.getElementById("running")!;
  const text = (selector: string) => {
    const found = element.querySelector<HTMLElement>(selector)!;
    return found.hidden ? undefined : found.textContent;
  };
  const said = () => [
    element.hidden,
    element.querySelectorAll("li").length,
    ...[".count", ".empty", ".show-more"].map(text),
  ];
  const nodes = [endedNode(operation("a"), NOON_MILLIS, false)];
  view.update({ nodes, count: 1_234, empty: "Nothing", more: "and 1,233 more", hidden: false });
  expect(said()).toEqual([false, 1, "1,234", undefined, "and 1,233 more"]);
  element.querySelector<HTMLElement>(".show-more")!.click();
  expect(asked).toBe(1);
  view.update({ nodes: [], count: 0, empty: "Nothing", more: "", hidden: false });
  expect(said()).toEqual([false, 0, undefined, "Nothing", undefined]);
  view.update({ nodes, count: undefined, empty: "", more: "", hidden: true });
  expect(said()).toEqual([true, 0, undefined, undefined, undefined]);
});
