// What opens below an operation: its curves, and everything else that is known of it.

import { formatDuration, formatQuantity, formatRate } from "../../../format.js";
import type { AttributeValue, Json, Snapshot } from "../../../model.js";
import { hasEnded } from "../../../status-changes.js";
import { type Curves, curvesOf, type Drawn } from "./curve.js";
import { make, makeSvg, setAttribute, type View } from "./elements.js";
import { traceAddress } from "./wording.js";

/** Characters of a value that is shown. */
const MOST = 2_000;
const LINK = { target: "_blank", rel: "noopener noreferrer" };

export interface DetailContext {
  readonly traceUrl: string | undefined;
  /** Whether this server lets this reader cancel operations. */
  readonly mayCancel: () => boolean;
  /** Asks whether to, and why. */
  readonly cancel: (operation: Snapshot) => void;
}

/** Once is enough. */
const mayBeCancelled = (snapshot: Snapshot): boolean =>
  !hasEnded(snapshot) && !("cancelRequested" in snapshot && snapshot.cancelRequested !== undefined);

export class DetailView implements View<Snapshot> {
  readonly #known: HTMLElement = make("div", { class: "all" });
  /** Stays where it is: a link must not go away under the finger. */
  readonly #link: HTMLElement = make("a", { text: "Open the trace", attributes: LINK });
  readonly #cancel: HTMLElement = make("button", { class: "cancel", text: "Cancel…", attributes: { type: "button" } });
  readonly #actions: HTMLElement = make("p", { class: "actions" }, this.#link, this.#cancel);
  readonly element: HTMLElement = make("div", { class: "detail" }, this.#known, this.#actions);
  readonly #context: DetailContext;
  #drawn: Snapshot | undefined;

  constructor(context: DetailContext) {
    this.#context = context;
    this.#cancel.addEventListener("click", () => context.cancel(this.#drawn!));
  }

  /** Drawn anew when a new snapshot came, unless somebody has marked text in it. */
  update(snapshot: Snapshot): void {
    if (snapshot === this.#drawn || (this.#drawn !== undefined && this.#isMarked())) return;
    this.#drawn = snapshot;
    const trace = traceAddress(this.#context.traceUrl, snapshot);
    setAttribute(this.#link, "href", trace);
    this.#link.hidden = trace === undefined;
    this.#cancel.hidden = !mayBeCancelled(snapshot) || !this.#context.mayCancel();
    this.#actions.hidden = this.#link.hidden && this.#cancel.hidden;
    const children: Element[] = [];
    if (snapshot.description !== undefined)
      children.push(make("p", { class: "description", text: snapshot.description }));
    const curves = curvesOf(snapshot);
    if (curves !== undefined) children.push(charts(curves, snapshot));
    children.push(facts(snapshot));
    this.#known.replaceChildren(...children);
  }

  #isMarked(): boolean {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && this.element.contains(selection.anchorNode);
  }
}

function charts({ progress, rate, seconds, peak, inItems }: Curves, { unit, percentage }: Snapshot): Element {
  const top = inItems ? formatRate(peak, unit) : `${formatQuantity(peak * 6_000)}%/min`;
  const now = percentage === undefined ? "" : `${Math.floor(percentage)}% `;
  return make(
    "div",
    { class: "charts" },
    chart("Progress", "100%", seconds, progress, `Progress: ${now}after ${formatDuration(seconds)}`),
    chart("Rate", top, seconds, rate, `Rate: at most ${top} in ${formatDuration(seconds)}`),
  );
}

function chart(title: string, top: string, seconds: number, { line, area }: Drawn, spoken: string): Element {
  const svg = makeSvg(
    "svg",
    { class: "curve", viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img", "aria-label": spoken },
    makeSvg("path", { class: "grid", d: "M0 0H100M0 50H100M0 100H100" }),
    makeSvg("path", { class: "area", d: area }),
    makeSvg("path", { class: "line", d: line }),
  );
  const caption = make(
    "figcaption",
    {},
    make("span", { text: title }),
    make("span", { text: `${top === "100%" ? "" : "up to "}${top}` }),
  );
  const axis = make("div", { class: "axis" }, make("span", { text: "start" }));
  axis.append(make("span", { text: formatDuration(seconds) }));
  axis.setAttribute("aria-hidden", "true");
  return make("figure", { class: "chart" }, caption, svg, axis);
}

function facts(snapshot: Snapshot): Element {
  const list = make("dl", { class: "known" });
  for (const [name, value] of factsOf(snapshot)) {
    if (value === undefined || value === "") continue;
    list.append(make("div", {}, make("dt", { text: name }), make("dd", { text: value.slice(0, MOST) })));
  }
  return list;
}

function factsOf(snapshot: Snapshot): [string, string | undefined][] {
  const { rate, peakRate, meanRate, unit, attempt, counts, instance, process } = snapshot;
  return [
    ["Id", snapshot.id],
    ["Type", snapshot.type],
    ["Started", timeText(snapshot.startedAt)],
    ["Ended", "endedAt" in snapshot ? timeText(snapshot.endedAt) : undefined],
    ["Last seen", "lastSeenAt" in snapshot ? timeText(snapshot.lastSeenAt) : undefined],
    ["Rate", formatRate(rate, unit)],
    ["Mean rate", formatRate(meanRate, unit)],
    ["Peak rate", formatRate(peakRate, unit)],
    ["Estimate by", snapshot.eta && BASIS[snapshot.eta.basis]],
    ["Parts", counts && partsText(counts)],
    ["Attempt", attempt > 1 ? String(attempt) : undefined],
    ["Waiting on", waitingText(snapshot)],
    ["Error", "error" in snapshot ? snapshot.error.type : undefined],
    ["Caused by", "error" in snapshot ? snapshot.error.causes?.map(({ message }) => message).join("; ") : undefined],
    ["Error details", "error" in snapshot ? jsonText(snapshot.error.details) : undefined],
    ["Summary", "summary" in snapshot ? jsonText(snapshot.summary) : undefined],
    ["Process", [instance.host, instance.pid && `pid ${instance.pid}`].filter(Boolean).join(", ")],
    ["Whole process", process && processText(process)],
    ...Object.entries(snapshot.attributes).map(([name, value]): [string, string] => [name, attributeText(value)]),
  ];
}

const BASIS = {
  rate: "the present rate",
  history: "earlier runs",
  blend: "the present rate and earlier runs",
  reported: "what the work says",
} as const;

function partsText({ total, completed, failed, pending }: NonNullable<Snapshot["counts"]>): string {
  const others = [failed > 0 ? `${failed} failed` : "", pending > 0 ? `${pending} to come` : ""].filter(Boolean);
  return [`${completed} of ${total} completed`, ...others].join(", ");
}

function waitingText(snapshot: Snapshot): string | undefined {
  const stalled = "stalled" in snapshot ? snapshot.stalled : undefined;
  return stalled?.waitingOn.map(({ name, elapsedSeconds }) => `${name} (${formatDuration(elapsedSeconds)})`).join("; ");
}

function processText({ cpuUtilization, memoryBytes }: NonNullable<Snapshot["process"]>): string {
  return `CPU ${Math.round(cpuUtilization * 100)}%, memory ${formatQuantity(memoryBytes, "By")}`;
}

const jsonText = (value: Json | undefined): string | undefined =>
  value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
const attributeText = (value: AttributeValue | undefined): string =>
  Array.isArray(value) ? value.join(", ") : String(value ?? "");

function timeText(time: string | undefined): string | undefined {
  if (time === undefined) return undefined;
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}
