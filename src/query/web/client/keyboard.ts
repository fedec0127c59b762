// Keys beside those every page has: "/" searches, arrows go from row to row, right opens, left closes, Escape clears.

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 };

export function listenToKeys(search: HTMLInputElement): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (pressed(event.key, search)) event.preventDefault();
  });
}

/** Whether the key meant something. */
function pressed(key: string, search: HTMLInputElement): boolean {
  const active = document.activeElement;
  // What is asked there comes first.
  if (document.querySelector("dialog[open]") !== null) return false;
  if (active === search) return inSearch(key, search);
  if (active instanceof HTMLInputElement || active instanceof HTMLSelectElement) return false;
  if (key === "/") {
    search.focus();
    search.select();
    return true;
  }
  return onRow(key, active);
}

function inSearch(key: string, search: HTMLInputElement): boolean {
  if (key === "ArrowDown") return move(undefined, 1);
  if (key !== "Escape") return false;
  search.value = "";
  search.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

function onRow(key: string, active: Element | null): boolean {
  const toggle = active?.closest<HTMLElement>(".toggle") ?? undefined;
  const step = STEPS[key];
  if (step !== undefined && (toggle !== undefined || active === document.body)) return move(toggle, step);
  if (toggle === undefined) return false;
  const open = toggle.getAttribute("aria-expanded") === "true";
  if ((key === "ArrowRight" && !open) || (key === "ArrowLeft" && open)) {
    toggle.click();
    return true;
  }
  return false;
}

function move(from: HTMLElement | undefined, step: number): boolean {
  const all = [...document.querySelectorAll<HTMLElement>("section:not([hidden]) .toggle")];
  const next = from === undefined ? (step > 0 ? 0 : all.length - 1) : all.indexOf(from) + step;
  all[next]?.focus();
  return all[next] !== undefined;
}
