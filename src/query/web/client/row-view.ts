// One row: an operation with its details and parts, or a level. Writes only what changed since it was last drawn.

import { hasEnded } from "../../../status-changes.js";
import type { Node } from "./arrange.js";
import { type DetailContext, DetailView } from "./detail-view.js";
import { KeyedList, make, setAttribute, setText, type View } from "./elements.js";
import { icon, setIcon } from "./icons.js";
import {
  agoText,
  amountText,
  elapsedText,
  etaText,
  idleText,
  noteText,
  percentText,
  rateText,
  type Shown,
  spokenProgress,
  toneOf,
  toneText,
} from "./wording.js";

export interface RowContext extends DetailContext {
  /** Identifiers of the document: those of operations come from strangers. */
  readonly nextId: () => string;
  readonly toggle: (operationId: string) => void;
}

export class RowView implements View<Node> {
  readonly element: HTMLElement;
  readonly #context: RowContext;
  readonly #icon = icon("running");
  readonly #name = make("span", { class: "name" });
  readonly #type = make("span", { class: "type" });
  readonly #tone = make("span", { class: "tone" });
  readonly #percent = make("span", { class: "percent" });
  readonly #bar = make("progress", { class: "bar", attributes: { max: "100" } });
  readonly #facts: Record<"stage" | "amount" | "rate" | "elapsed" | "idle" | "ended" | "eta" | "range", HTMLElement>;
  readonly #note = make("p", { class: "note" });
  readonly #more = make("p", { class: "more" });
  readonly #parts: KeyedList<Node>;
  readonly #partList = make("ul", { class: "parts" });
  readonly #toggle: HTMLButtonElement | undefined;
  #detail: DetailView | undefined;

  constructor(node: Node, context: RowContext) {
    this.#context = context;
    const nameId = context.nextId();
    this.#name.id = nameId;
    const fact = (name: string) => make("span", { class: `fact ${name}` });
    this.#facts = {
      stage: fact("stage"),
      amount: fact("amount"),
      rate: fact("rate"),
      elapsed: fact("elapsed"),
      idle: fact("idle"),
      ended: fact("ended"),
      eta: fact("eta"),
      range: fact("range"),
    };
    setAttribute(this.#bar, "aria-labelledby", nameId);
    const { operation } = node;
    const title = make("div", { class: "title" });
    if (operation === undefined) {
      title.append(this.#icon, this.#name);
    } else {
      this.#toggle = make("button", { class: "toggle", attributes: { type: "button" } }, this.#icon, this.#name);
      this.#toggle.dataset["operation"] = operation.id;
      this.#toggle.addEventListener("click", () => context.toggle(operation.id));
      title.append(this.#toggle);
    }
    title.append(this.#type, this.#tone, this.#percent);
    const facts = make("p", { class: "facts" }, ...Object.values(this.#facts));
    const row = make("div", { class: "row" }, title, this.#bar, facts, this.#note);
    this.element = make("li", { class: operation === undefined ? "level" : "operation" }, row, this.#partList);
    this.element.append(this.#more);
    this.#parts = new KeyedList(this.#partList, (part) => new RowView(part, context));
    if (operation !== undefined) {
      row.addEventListener("click", (event) => {
        if (event.target instanceof Element && event.target.closest("button, a") === null && !selecting()) {
          context.toggle(operation.id);
        }
      });
    }
  }

  update(node: Node): void {
    const { shown } = node;
    const tone = toneOf(shown);
    setAttribute(this.element, "data-tone", tone);
    setIcon(this.#icon, tone);
    setText(this.#name, shown.name);
    // Levels of one kind are many: it is said where there is room for it.
    const plain = shown.name === shown.type || (node.operation === undefined && !node.open);
    setText(this.#type, plain ? "" : shown.type);
    setText(this.#tone, tone === "running" ? "" : toneText(tone));
    this.#updateBar(shown);
    this.#updateFacts(node);
    setText(this.#note, noteText(shown, node.arrived, node.age));
    this.#parts.update(node.parts, ({ key }) => key);
    if (this.#partList.hidden !== (node.parts.length === 0)) this.#partList.hidden = node.parts.length === 0;
    setText(this.#more, node.more);
    this.#updateDetail(node);
  }

  #updateBar(shown: Shown): void {
    const ended = hasEnded(shown);
    setText(this.#percent, shown.status === "completed" ? "" : percentText(shown));
    const hidden = ended && (shown.status === "completed" || shown.percentage === undefined);
    if (this.#bar.hidden !== hidden) this.#bar.hidden = hidden;
    const { percentage } = shown;
    // Without a value it says that the end is not known.
    setAttribute(this.#bar, "value", percentage === undefined ? undefined : String(Math.round(percentage * 10) / 10));
    setAttribute(this.#bar, "aria-valuetext", spokenProgress(shown));
    setAttribute(this.#bar, "data-sure", shown.estimated || shown.coverage !== undefined ? "no" : undefined);
  }

  #updateFacts({ shown, arrived, age }: Node): void {
    const idle = idleText(shown, arrived, age);
    const eta = etaText(shown, age, idle !== "");
    const endedAt = "endedAt" in shown ? shown.endedAt : undefined;
    setText(this.#facts.stage, "stage" in shown && !hasEnded(shown) ? (shown.stage ?? "") : "");
    setText(this.#facts.amount, amountText(shown));
    setText(this.#facts.rate, idle === "" ? rateText(shown) : "");
    setText(this.#facts.elapsed, elapsedText(shown, arrived, age));
    setText(this.#facts.idle, idle);
    setText(this.#facts.ended, endedAt === undefined ? "" : agoText(arrived + age * 1000 - Date.parse(endedAt)));
    setText(this.#facts.eta, eta.left);
    setText(this.#facts.range, eta.range);
  }

  #updateDetail({ operation, open }: Node): void {
    if (operation === undefined || this.#toggle === undefined) return;
    setAttribute(this.#toggle, "aria-expanded", String(open));
    if (!open) {
      this.#detail?.element.remove();
      this.#detail = undefined;
      setAttribute(this.#toggle, "aria-controls", undefined);
      return;
    }
    if (this.#detail === undefined) {
      this.#detail = new DetailView(this.#context);
      this.#detail.element.id = this.#context.nextId();
      setAttribute(this.#toggle, "aria-controls", this.#detail.element.id);
      this.element.insertBefore(this.#detail.element, this.#partList);
    }
    this.#detail.update(operation);
  }
}

/** Somebody who marks text to copy it wants nothing opened. */
const selecting = (): boolean => (document.getSelection()?.toString() ?? "") !== "";
