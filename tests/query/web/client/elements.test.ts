// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { KeyedList, make, makeSvg, setAttribute, setText } from "../../../../src/query/web/client/elements.js";

describe("an element", () => {
  it("is made with class, text, attributes and children; text is no markup", () => {
    const element = make(
      "p",
      { class: "a", attributes: { id: "x" } },
      make("b", { text: "<i>" }),
      makeSvg("path", { d: "M0 0" }),
    );
    expect(element.outerHTML).toBe('<p class="a" id="x"><b>&lt;i&gt;</b><path d="M0 0"></path></p>');
  });

  it("is written to only when something changes, and hidden while it is empty", async () => {
    const element = make("p", { text: "a" });
    let changes = 0;
    const observer = new MutationObserver((records) => void (changes += records.length));
    observer.observe(element, { childList: true, attributes: true });
    setText(element, "a");
    setAttribute(element, "title", undefined);
    await Promise.resolve();
    expect(changes).toBe(0);
    setText(element, "");
    setAttribute(element, "title", "t");
    setAttribute(element, "title", "t");
    expect([element.hidden, element.title]).toEqual([true, "t"]);
    setAttribute(element, "title", undefined);
    setText(element, "b");
    expect([element.hidden, element.hasAttribute("title")]).toEqual([false, false]);
  });
});

describe("a list", () => {
  it("follows its items by key, and touches only what moved", () => {
    const parent = make("ul");
    const made: string[] = [];
    const list = new KeyedList<string>(parent, (key) => {
      made.push(key);
      const element = make("li", { text: key });
      return { element, update: () => {} };
    });
    const update = (keys: string) => {
      list.update([...keys], (key) => key);
      return parent.textContent;
    };
    expect([update("abc"), update("xacb"), update("b"), update("ba"), update("bb"), update("")]).toEqual([
      "abc",
      "xacb",
      "b",
      "ba",
      "b",
      "",
    ]);
    expect(made.join("")).toBe("abcxa");
  });
});
