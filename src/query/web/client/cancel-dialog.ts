// Asks whether an operation is to be cancelled, and why; then asks the server. What it answers is said where the question was.

import type { Snapshot } from "../../../model.js";
import { looksLikeReadToken } from "../../read-tokens.js";
import { setText } from "./elements.js";
import type { Requests } from "./requests.js";

export class CancelDialog {
  readonly #requests: Requests;
  readonly #asked: (operation: Snapshot) => void;
  readonly #dialog = document.getElementById("cancel") as HTMLDialogElement;
  readonly #name = document.getElementById("cancel-name")!;
  readonly #problem = document.getElementById("cancel-problem")!;
  readonly #reason = this.#dialog.querySelector("input")!;
  readonly #submit = this.#dialog.querySelector<HTMLButtonElement>("[type=submit]")!;
  #operation: Snapshot | undefined;

  /** `asked` is called when the server has taken a request. */
  constructor(requests: Requests, asked: (operation: Snapshot) => void) {
    this.#requests = requests;
    this.#asked = asked;
    this.#dialog.querySelector("form")!.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#operation !== undefined) void this.#ask(this.#operation);
    });
    this.#dialog.querySelector("[type=button]")!.addEventListener("click", () => this.#dialog.close());
  }

  /** Tokens for one operation are good for reading alone. */
  get isAllowed(): boolean {
    return this.#requests.token === undefined || !looksLikeReadToken(this.#requests.token);
  }

  open(operation: Snapshot): void {
    this.#operation = operation;
    setText(this.#name, operation.name);
    setText(this.#problem, "");
    this.#reason.value = "";
    this.#submit.disabled = false;
    this.#dialog.showModal();
    this.#reason.focus();
  }

  async #ask(operation: Snapshot): Promise<void> {
    const reason = this.#reason.value.trim();
    this.#submit.disabled = true;
    setText(this.#problem, "");
    try {
      await this.#requests.post(
        `operations/${encodeURIComponent(operation.id)}/cancel`,
        reason === "" ? {} : { reason },
      );
    } catch (error) {
      // Another question may have been opened meanwhile: it is not answered by this.
      if (this.#operation !== operation) return;
      setText(this.#problem, error instanceof Error ? error.message : String(error));
      this.#submit.disabled = false;
      // Who has closed it meanwhile believes that it was asked.
      if (!this.#dialog.open) this.#dialog.showModal();
      return;
    }
    if (this.#operation === operation) this.#dialog.close();
    this.#asked(operation);
  }
}
