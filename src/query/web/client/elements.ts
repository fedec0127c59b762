// The few things done to the document. Text is set as text, never as markup, and nothing is written that is there already.

export interface Made {
  readonly class?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: name, text, attributes = {} }: Made = {},
  ...children: readonly Element[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (name !== undefined) element.className = name;
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function makeSvg(
  tag: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Element[]
): SVGElement {
  const element = document.createElementNS(SVG, tag) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Bidirectional control characters in names of strangers turn only what is inside. An empty element is hidden. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
  if (element.hidden !== (text === "")) element.hidden = text === "";
}

export function setAttribute(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

export interface View<T> {
  readonly element: HTMLElement;
  update(item: T): void;
}

/** Elements of a parent that follow a list by key: made, moved and taken away only where the list changed. */
export class KeyedList<T> {
  readonly #parent: HTMLElement;
  readonly #make: (item: T) => View<T>;
  #views: Map<string, View<T>> = new Map();

  constructor(parent: HTMLElement, make: (item: T) => View<T>) {
    this.#parent = parent;
    this.#make = make;
  }

  update(items: readonly T[], keyOf: (item: T) => string): void {
    const views = new Map<string, View<T>>();
    for (const item of items) {
      const key = keyOf(item);
      if (views.has(key)) continue;
      const view = this.#views.get(key) ?? this.#make(item);
      view.update(item);
      views.set(key, view);
    }
    for (const [key, { element }] of this.#views) if (!views.has(key)) element.remove();
    let place = this.#parent.firstElementChild;
    for (const { element } of views.values()) {
      if (element === place) place = place.nextElementSibling;
      else this.#parent.insertBefore(element, place);
    }
    this.#views = views;
  }
}
