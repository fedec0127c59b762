// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { type Choices, readChoices } from "../../../../src/query/web/client/choices.js";
import { ChoicesView } from "../../../../src/query/web/client/choices-view.js";
import { openPage } from "./page-document.js";

let chosen: Partial<Choices>[];
let view: ChoicesView;
let form: HTMLFormElement;
const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
const types = () => [...form.querySelectorAll<HTMLOptionElement>("[name=type] option")].map(({ value }) => value);
beforeEach(() => {
  openPage();
  form = document.getElementById("choices") as HTMLFormElement;
  chosen = [];
  view = new ChoicesView(form, (choices) => chosen.push(choices));
});

describe("the form", () => {
  it("shows what is chosen, and tells what somebody chooses", () => {
    view.show(readChoices("?q=a&type=mail&show=failed&since=1h&sort=duration"));
    field("text").value = "ab";
    field("text").dispatchEvent(new Event("input", { bubbles: true }));
    expect(chosen).toEqual([{ text: "ab", type: "mail", show: "failed", since: "1h", sort: "duration" }]);
    expect(view.search).toBe(field("text"));
  });

  it("offers the types there are, and the chosen one also when it is not among them", () => {
    view.offer(["b", "c"], "");
    expect(types()).toEqual(["", "b", "c"]);
    view.offer(["b", "c"], "a");
    expect([types(), field("type").value]).toEqual([["", "a", "b", "c"], "a"]);
    view.show(readChoices(""));
    expect([types(), field("type").value]).toEqual([["", "b", "c"], ""]);
  });

  it("is never sent", () => {
    const submit = new Event("submit", { cancelable: true });
    form.dispatchEvent(submit);
    expect(submit.defaultPrevented).toBe(true);
  });
});
