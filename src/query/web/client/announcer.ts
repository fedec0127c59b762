// What is said to people who hear the page: ends and trouble, many in one sentence, with pauses between.

import type { Happening } from "./store.js";

/** Milliseconds between two announcements. */
const PAUSE = 5_000;
const NAMES = 3;
const ORDER: readonly Happening["tone"][] = ["stalled", "lost", "failed", "cancelled", "completed"];

export class Announcer {
  readonly #say: (text: string) => void;
  readonly #later: (fn: () => void, millis: number) => void;
  #waiting: Happening[] = [];
  #paused = false;

  constructor(say: (text: string) => void, later: (fn: () => void, millis: number) => void) {
    this.#say = say;
    this.#later = later;
  }

  add(happenings: readonly Happening[]): void {
    this.#waiting.push(...happenings);
    if (!this.#paused) this.#flush();
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    this.#say(announcement(this.#waiting));
    this.#waiting = [];
    this.#paused = true;
    this.#later(() => {
      this.#paused = false;
      this.#flush();
    }, PAUSE);
  }
}

/** "Stalled: Nightly import. Completed: a, b, c and 4 more." */
export function announcement(happenings: readonly Happening[]): string {
  const sentences = ORDER.flatMap((tone) => {
    const names = happenings.filter((happening) => happening.tone === tone).map(({ name }) => name);
    if (names.length === 0) return [];
    const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : "";
    return [`${tone[0]!.toUpperCase()}${tone.slice(1)}: ${names.slice(0, NAMES).join(", ")}${more}.`];
  });
  return sentences.join(" ");
}
