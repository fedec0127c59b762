// Tells a client how far its request is: the latest state at most once per interval, never more than a few unanswered. Written
// to by a follower of the live state; what goes wrong with sending is counted and stays here.

import { activityOf } from "../../activity.js";
import { afterThisTurn, atMost, type Clock } from "../../clock.js";
import type { Diagnostics } from "../../diagnostics.js";
import type { Change, Snapshot } from "../../model.js";
import { RisingProgress } from "../../protocol-values.js";
import { outside } from "../context.js";
import type { ProgressNotification, Request } from "./request.js";

/** Handed over and not taken yet: more than one, because nothing settles in a blocked event loop; bounded for clients that do not read. */
const UNSETTLED = 64;
const FAILURES_IN_A_ROW = 3;
/** Longest wait for what was sent before the response is. */
const LAST_MILLIS = 1_000;

export class ProgressNotifications {
  readonly #request: Request;
  readonly #token: string | number;
  readonly #clock: Clock;
  readonly #intervalMillis: number;
  readonly #diagnostics: Diagnostics;
  readonly #rising = new RisingProgress();
  readonly #unsettled = new Set<Promise<void>>();
  #latest: Snapshot | undefined;
  #message = "";
  #sentAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #stopTimer: (() => void) | undefined;

  constructor(
    request: Request,
    token: string | number,
    clock: Clock,
    intervalMillis: number,
    diagnostics: Diagnostics,
  ) {
    this.#request = request;
    this.#token = token;
    this.#clock = clock;
    this.#intervalMillis = intervalMillis;
    this.#diagnostics = diagnostics;
  }

  /** For `live.follow` of the one operation. */
  readonly told = (change: Change): void => {
    const [latest] = change.kind === "snapshot" ? change.operations : change.changed;
    if (latest === undefined) return;
    this.#latest = latest;
    const wait = this.#sentAt + this.#intervalMillis - this.#clock.monotonicMillis();
    // In a blocked event loop it is due although no timer has run.
    if (wait <= 0) this.#sendLatest();
    else this.#stopTimer ??= this.#clock.every(wait, () => this.#sendLatest());
  };

  /**
   * Says the last of a completed operation, and waits until what was sent has left: nothing may follow the response. And one
   * turn more: of what comes in together with the response, clients drop the progress.
   */
  async end(last: Snapshot): Promise<void> {
    this.#cancelTimer();
    if (last.status === "completed") this.#send(last);
    if (this.#unsettled.size === 0) return;
    await atMost(LAST_MILLIS, Promise.all(this.#unsettled));
    await new Promise<void>((resolve) => afterThisTurn(resolve, "hold"));
  }

  #sendLatest(): void {
    this.#cancelTimer();
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest !== undefined) this.#send(latest);
  }

  #cancelTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #send(snapshot: Snapshot): void {
    if (this.#request.signal.aborted || this.#failures >= FAILURES_IN_A_ROW) return;
    if (this.#unsettled.size >= UNSETTLED) return this.#diagnostics.count("snapshots_dropped");
    const message = activityOf(snapshot);
    const value = this.#rising.next(snapshot, message !== this.#message);
    if (value === undefined) return;
    this.#message = message;
    this.#sentAt = this.#clock.monotonicMillis();
    const params = { progressToken: this.#token, ...value, ...(message !== "" && { message }) };
    this.#hand({ method: "notifications/progress", params });
  }

  #hand(notification: ProgressNotification): void {
    const sending: Promise<void> = outside(async () => this.#request.notify(notification))
      .then(
        () => {
          this.#failures = 0;
        },
        (error) => {
          this.#failures++;
          this.#diagnostics.failed("callbacks_failed", "sending a progress notification", error);
        },
      )
      .finally(() => this.#unsettled.delete(sending));
    this.#unsettled.add(sending);
  }
}
