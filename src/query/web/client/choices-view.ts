// The search form: it shows what is chosen, and tells what the reader chooses.

import type { Choices } from "./choices.js";
import { make } from "./elements.js";

export class ChoicesView {
  readonly #form: HTMLFormElement;
  #types: readonly string[] = [];

  constructor(form: HTMLFormElement, changed: (chosen: Partial<Choices>) => void) {
    this.#form = form;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => changed(this.#read()));
  }

  get search(): HTMLInputElement {
    return this.#form.elements.namedItem("text") as HTMLInputElement;
  }

  show(choices: Choices): void {
    for (const name of ["text", "show", "since", "sort"] as const) {
      const field = this.#field(name);
      if (field.value !== choices[name]) field.value = choices[name];
    }
    this.offer(this.#types, choices.type);
  }

  /** The types there are, and the one chosen even when it is not among them. */
  offer(types: readonly string[], chosen: string): void {
    const all = chosen === "" || types.includes(chosen) ? types : [...types, chosen].sort();
    const select = this.#field("type") as HTMLSelectElement;
    const present = [...select.options].slice(1).map(({ value }) => value);
    if (present.join("\n") !== all.join("\n")) {
      const options = all.map((type) => make("option", { text: type, attributes: { value: type } }));
      select.replaceChildren(select.options[0]!, ...options);
    }
    if (select.value !== chosen) select.value = chosen;
    this.#types = types;
  }

  #read(): Partial<Choices> {
    const names = ["text", "type", "show", "since", "sort"] as const;
    return Object.fromEntries(names.map((name) => [name, this.#field(name).value]));
  }

  #field(name: string): HTMLInputElement | HTMLSelectElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
  }
}
