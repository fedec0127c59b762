// A section of the page: a heading with a count, a list of rows, and what is said when there are none.

import type { Node } from "./arrange.js";
import { KeyedList, setText } from "./elements.js";
import { type RowContext, RowView } from "./row-view.js";
import type { Section } from "./sections.js";

export class SectionView {
  readonly #element: HTMLElement;
  readonly #count: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #more: HTMLElement;
  readonly #rows: KeyedList<Node>;

  constructor(id: string, context: RowContext, showMore: () => void) {
    this.#element = document.getElementById(id)!;
    const find = (selector: string) => this.#element.querySelector<HTMLElement>(selector)!;
    this.#count = find(".count");
    this.#empty = find(".empty");
    this.#more = find(".show-more");
    this.#more.addEventListener("click", showMore);
    this.#rows = new KeyedList(find(".operations"), (node) => new RowView(node, context));
  }

  update({ nodes, count, empty, more, hidden }: Section): void {
    if (this.#element.hidden !== hidden) this.#element.hidden = hidden;
    this.#rows.update(hidden ? [] : nodes, ({ key }) => key);
    setText(this.#count, count === undefined || count === 0 ? "" : count.toLocaleString("en-US"));
    setText(this.#empty, nodes.length === 0 ? empty : "");
    setText(this.#more, more);
  }
}
