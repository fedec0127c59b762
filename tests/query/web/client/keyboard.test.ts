// @vitest-environment happy-dom
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { make } from "../../../../src/query/web/client/elements.js";
import { listenToKeys } from "../../../../src/query/web/client/keyboard.js";

const search = make("input");
const select = make("select");
let clicks: string[];
const row = (name: string, expanded: string) => {
  const toggle = make("button", { class: "toggle", text: name, attributes: { "aria-expanded": expanded } });
  toggle.addEventListener("click", () => clicks.push(name));
  return toggle;
};
const press = (key: string, options: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options });
  document.activeElement!.dispatchEvent(event);
  return event.defaultPrevented;
};
const focused = () => document.activeElement?.textContent;

beforeAll(() => listenToKeys(search));
beforeEach(() => {
  clicks = [];
  const hidden = make("section", {}, row("hidden", "false"));
  hidden.hidden = true;
  document.body.replaceChildren(search, select, make("section", {}, row("a", "false"), row("b", "true")), hidden);
  (document.activeElement as HTMLElement).blur();
});

describe("keys", () => {
  it("go from row to row and stop at both ends", () => {
    expect([press("ArrowDown"), focused()]).toEqual([true, "a"]);
    expect([press("j"), focused()]).toEqual([true, "b"]);
    expect([press("ArrowDown"), focused()]).toEqual([false, "b"]);
    expect([press("k"), focused()]).toEqual([true, "a"]);
    expect([press("ArrowUp"), focused()]).toEqual([false, "a"]);
  });

  it("begin at the end when they go up", () => {
    press("ArrowUp");
    expect(focused()).toBe("b");
  });

  it("open to the right and close to the left", () => {
    press("ArrowDown");
    expect([press("ArrowLeft"), press("ArrowRight"), clicks]).toEqual([false, true, ["a"]]);
    press("ArrowDown");
    expect([press("ArrowRight"), press("ArrowLeft"), clicks]).toEqual([false, true, ["a", "b"]]);
    expect(press("x")).toBe(false);
  });

  it("search, clear the search, and leave it downwards", () => {
    expect([press("/"), document.activeElement === search]).toEqual([true, true]);
    search.value = "text";
    let told = 0;
    search.addEventListener("input", () => told++);
    expect([press("j"), press("/"), press("Escape"), search.value, told]).toEqual([false, false, true, "", 1]);
    press("ArrowDown");
    expect(focused()).toBe("a");
  });

  it("belong to the browser in a field, with a modifier, and on nothing of ours", () => {
    select.focus();
    expect([press("ArrowDown"), press("/")]).toEqual([false, false]);
    select.blur();
    expect([press("/", { ctrlKey: true }), press("ArrowRight")]).toEqual([false, false]);
  });

  it("mean nothing while a question is open", () => {
    const dialog = document.body.appendChild(make("dialog", {}, make("button")));
    dialog.showModal();
    expect([press("/"), press("ArrowDown"), document.activeElement === search]).toEqual([false, false, false]);
    dialog.close();
    expect(press("/")).toBe(true);
  });
});
