// An operation of another instance that is worked on here. While somebody does, it has an image in the live state of this process,
// whose counts and levels are what is told to the owner; afterwards the image goes, and what was counted is remembered.

import type { SpanContext } from "@opentelemetry/api";
import type {
  ContributionTransport,
  Joining,
  PartState,
  WriterLink,
  WriterState,
} from "../../contribution-transport.js";
import type { Attributes } from "../../model.js";
import { Kind, Tally } from "../../state/kind.js";
import type { Drive } from "../../state/sampler.js";
import { cancelRequestOf, requestCancel } from "../cancellation.js";
import type { Core } from "../core.js";
import type { Handle } from "../handle.js";
import type { Target } from "./carrier.js";
import { readOwnerNotice } from "./state-check.js";
import { fullBudget, joinParts, partOf } from "./writer-state.js";

/** Events and parts of one state. */
const EVENTS_TOLD = 32;
const PARTS_TOLD = 256;
/** Ticks that the owner gets to take the last state when nothing is done for it any more. */
const PATIENCE = 20;

type JoinedTarget = Pick<Target, "operationId" | "operationType" | "instance" | "key" | "addresses">;
type ToldEvent = NonNullable<PartState["events"]>[number];

export class Joined implements Joining {
  readonly target: JoinedTarget;
  readonly writer: string;
  readonly #core: Core;
  readonly #transports: readonly ContributionTransport[];
  /** By the id of the level, "" for the operation itself. */
  readonly #images = new Map<string, Handle>();
  /** Of images that are gone, the newest last. */
  readonly #before = new Map<string, PartState>();
  readonly #events = new Map<string, ToldEvent[]>();
  readonly #messages = new Map<string, { readonly text: string; readonly at: number }>();
  #aborted: readonly { readonly levelId?: string; readonly reason?: string }[] = [];
  #scopes = 0;
  #sequence = 0;
  #link: WriterLink | undefined;
  #address = "";
  /** Stamp of the last state, and whether it has to be published (again). */
  #stamp = -1;
  #alive = 0;
  #unpublished = false;
  #idleTicks = 0;
  #ended = false;

  constructor(core: Core, target: JoinedTarget, transports: readonly ContributionTransport[]) {
    this.#core = core;
    this.target = target;
    this.#transports = transports;
    this.writer = core.newId();
  }

  get operationId(): string {
    return this.target.operationId;
  }
  get key(): string {
    return this.target.key;
  }
  get address(): string {
    return this.#address;
  }
  /** Nothing is done for it here, and the owner knows all that was. */
  get isQuiet(): boolean {
    return this.#images.size === 0 && this.#link === undefined;
  }

  /** Somebody works on it from now on, until `leave`. */
  enter(target: Target, span: SpanContext | undefined): Handle {
    this.#scopes++;
    return this.image(target, span);
  }

  /** Whoever hears next that the work is done may end the operation: the owner is told before. */
  leave(): void {
    this.#scopes--;
    if (!this.settle()) this.#publish("timer");
  }

  /** What stands for the operation or level here. */
  image({ levelId, levelType }: Target, span: SpanContext | undefined): Handle {
    const operation = this.#images.get("") ?? this.#begin("", undefined, undefined);
    if (levelId === undefined) return traced(operation, span);
    return traced(this.#images.get(levelId) ?? this.#begin(levelId, levelType, operation), span);
  }

  #begin(id: string, levelType: string | undefined, parent: Handle | undefined): Handle {
    const { state, settings, cleaner, newHandle } = this.#core;
    const { operationId, operationType, instance } = this.target;
    const kind = new Kind(cleaner.name(operationType), levelType && cleaner.name(levelType), new Tally());
    const image = newHandle(kind, cleaner.name(parent === undefined ? operationId : id), parent, undefined, undefined);
    image.more.elsewhere = true;
    image.more.instance = Object.freeze({ id: cleaner.name(instance) });
    if (parent !== undefined) state.adopt(image);
    state.start(image, settings.clock.monotonicMillis(), Number.NaN);
    this.#images.set(id, image);
    this.#open();
    this.#obey();
    return image;
  }

  /** The first transport that can reach the owner. Without any the work is done all the same, and only here is it known. */
  #open(): void {
    this.#idleTicks = 0;
    this.#unpublished = true;
    if (this.#link !== undefined || this.#ended) return;
    const { diagnostics } = this.#core;
    for (const [name, address] of this.target.addresses) {
      const transport = this.#transports.find((other) => other.name === name);
      if (transport === undefined) continue;
      this.#address = address;
      this.#link = diagnostics.safely("internal_errors", `transport ${name}`, () => transport.join(this));
      if (this.#link !== undefined) return;
    }
    diagnostics.count("contributions_dropped");
    diagnostics.warnOnce(
      "unreachable",
      `the owner of operation ${this.operationId} cannot be reached from here: what is done for it is not counted there`,
    );
  }

  /** After every tick: tells what is new, and lets go of what is done. */
  tick(drive: Drive): void {
    const operation = this.#images.get("");
    if (operation !== undefined && (operation.changed > this.#stamp || this.#aliveAt !== this.#alive))
      this.#unpublished = true;
    if (this.#unpublished) this.#publish(drive);
    this.settle();
    if (operation !== undefined || this.#link === undefined) return;
    if (this.#unpublished && ++this.#idleTicks < PATIENCE) return;
    this.#link.close();
    this.#link = undefined;
  }

  /** The images go when nobody works on them any more; the owner is told at once, since the process may be about to end. */
  settle(): boolean {
    const operation = this.#images.get("");
    if (operation === undefined || this.#scopes > 0) return false;
    let open = -(this.#images.size - 1);
    for (const { extra } of this.#images.values()) open += extra?.family?.pending ?? 0;
    if (open > 0) return false;
    this.#forgetImages(operation);
    this.#publish("timer");
    return true;
  }

  #forgetImages(operation: Handle): void {
    const { state, settings, diagnostics } = this.#core;
    if (this.#ended) diagnostics.count("late_updates");
    for (const part of this.#parts()) {
      const id = part.levelId ?? "";
      this.#before.delete(id);
      this.#before.set(id, part);
    }
    const now = settings.clock.monotonicMillis();
    for (const image of this.#images.values()) if (image !== operation) state.end(image, "completed", now, 1);
    state.end(operation, "completed", now, 1);
    this.#images.clear();
    this.#unpublished = true;
  }

  #publish(drive: Drive): void {
    const link = this.#link;
    if (link === undefined || this.#ended || (drive === "inside" && link.synchronous !== true)) return;
    const state = this.#state(this.#images.size > 0);
    const { diagnostics } = this.#core;
    const taken = diagnostics.safely("internal_errors", "a transport", () => link.publish(state));
    this.#unpublished = taken !== true;
  }

  #state(open: boolean): WriterState {
    const operation = this.#images.get("");
    const asked = operation === undefined ? undefined : cancelRequestOf(operation);
    this.#stamp = this.#core.state.stamp();
    this.#alive = this.#aliveAt;
    return {
      version: 1,
      operationId: this.operationId,
      key: this.key,
      writer: this.writer,
      sequence: ++this.#sequence,
      open,
      parts: this.#parts(),
      ...(asked !== undefined && { cancelRequested: asked.reason === undefined ? {} : { reason: asked.reason } }),
    };
  }

  get #aliveAt(): number {
    return this.#images.get("")?.extra?.aliveAt ?? 0;
  }

  #parts(): PartState[] {
    const budget = fullBudget();
    const parts: PartState[] = [];
    for (const [id, image] of this.#images) parts.push(this.#part(id, image, budget));
    for (const [id, part] of [...this.#before].reverse())
      if (!this.#images.has(id) && parts.length < PARTS_TOLD) parts.push(part);
    return parts;
  }

  #part(id: string, image: Handle, budget: ReturnType<typeof fullBudget>): PartState {
    const part = joinParts(this.#before.get(id), partOf(image, id === "" ? undefined : id, budget));
    const { message } = image.extra ?? {};
    if (message !== undefined && message !== this.#messages.get(id)?.text)
      this.#messages.set(id, { text: message, at: this.#core.settings.clock.epochMillis() });
    const [said, events] = [this.#messages.get(id), this.#events.get(id)];
    return {
      ...part,
      ...(said !== undefined && { message: said.text, messageAt: said.at }),
      ...(events !== undefined && { events: [...events] }),
    };
  }

  /** An event of the user on an image: it belongs on the span of the owner. */
  event(image: Handle, name: string, attributes: Attributes): boolean {
    for (const [id, own] of this.#images) {
      if (own !== image) continue;
      const events = this.#events.get(id) ?? [];
      events.push({ number: (events.at(-1)?.number ?? 0) + 1, name, attributes });
      if (events.length > EVENTS_TOLD) events.shift();
      this.#events.set(id, events);
      this.#unpublished = true;
      return true;
    }
    return false;
  }

  /** The image of the operation was asked to stop: so is its owner. */
  cancelRequested(): void {
    this.#unpublished = true;
    this.#publish("timer");
  }

  receive(data: unknown): void {
    const notice = readOwnerNotice(data);
    if (notice === undefined || notice.operationId !== this.operationId)
      return this.#core.diagnostics.count("contributions_refused");
    // For writers of another operation that has, or had, this id.
    if (notice.key !== this.key) return;
    this.#aborted = notice.aborted;
    this.#obey();
    this.#ended = notice.ended;
    if (notice.ended) this.#unpublished = false;
  }

  #obey(): void {
    for (const { levelId = "", reason } of this.#aborted) {
      const image = this.#images.get(levelId);
      if (image !== undefined) requestCancel(image, reason);
    }
  }

  resend(): void {
    this.#unpublished = true;
    this.#publish("timer");
  }

  async flush(): Promise<void> {
    const operation = this.#images.get("");
    if (operation !== undefined) this.#unpublished = true;
    if (this.#unpublished) this.#publish("timer");
    await this.#link?.flush?.();
  }

  /** This process ends: what is open here will not be ended by anybody. */
  leaveOpen(): void {
    const link = this.#link;
    if (this.#images.size === 0 || link === undefined || this.#ended) return;
    this.#core.diagnostics.safely("internal_errors", "a transport", () => link.publish(this.#state(false)));
  }
}

function traced(image: Handle, span: SpanContext | undefined): Handle {
  image.trace ??= span;
  return image;
}
