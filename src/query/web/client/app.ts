// The page put together: frames and answers go into the store and the history, and several times a second at most the
// document is brought up to date with them.

import type { Snapshot, Stats } from "../../../model.js";
import type { ServerEvent } from "../../event-parser.js";
import type { PageSettings } from "../assets.js";
import { Announcer } from "./announcer.js";
import { type Arranged, arrange, endedNode } from "./arrange.js";
import { CancelDialog } from "./cancel-dialog.js";
import { type Choices, readChoices, showsEnded, writeChoices } from "./choices.js";
import { ChoicesView } from "./choices-view.js";
import { setAttribute, setText } from "./elements.js";
import { type Connection, Feed } from "./feed.js";
import { History, type HistoryPage } from "./history.js";
import { listenToKeys } from "./keyboard.js";
import { Requests } from "./requests.js";
import type { RowContext } from "./row-view.js";
import { SectionView } from "./section-view.js";
import { sectionsOf } from "./sections.js";
import { type SnapshotFrame, Store, type UpdateFrame } from "./store.js";
import { connectionText, countsText, durationsText, lossesText, titleText } from "./summary.js";
import { listenForTokens, takeToken } from "./token.js";

/** Between two drawings; what changes faster is not read. */
const DRAW_MILLIS = 200;
/** After the last key of a search, and between looks for how operations ended. */
const ASK_MILLIS = 300;
const SETTLE_MILLIS = 1_500;
const REFRESH_MILLIS = 60_000;
/** Rows of a section before "show more". */
const FIRST_ROWS = 100;
const LIVE = "status=pending,running,paused,lost";

export class App {
  readonly #requests = new Requests(document.baseURI, (address, init) => fetch(address, init));
  readonly #store = new Store();
  readonly #history = new History(this.#requests);
  readonly #announcer = new Announcer((text) => this.#say(text), later);
  /** The one operation this page was opened for. */
  readonly #only: string | undefined = new URLSearchParams(location.search).get("id") ?? undefined;
  readonly #feed: Feed;
  readonly #context: { -readonly [K in keyof RowContext]: RowContext[K] };
  readonly #sections: Readonly<Record<"attention" | "running" | "history", SectionView>>;
  readonly #form: ChoicesView;
  /** Where the server allows it. */
  #cancelDialog: CancelDialog | undefined;
  #choices: Choices = readChoices(location.search);
  #connection: Connection = { state: "connecting" };
  /** Page time while nothing can come: clocks stand still then. */
  #frozen: number | undefined;
  #rows = FIRST_ROWS;
  #stats: Stats | undefined;
  #drawing = false;
  #asking: (() => void) | undefined;
  #settling = false;

  constructor() {
    this.#requests.token = takeToken();
    if (this.#only !== undefined) this.#choices = { ...this.#choices, open: new Set([this.#only]) };
    let ids = 0;
    this.#context = {
      traceUrl: undefined,
      mayCancel: () => this.#cancelDialog?.isAllowed === true,
      cancel: (operation) => this.#cancelDialog?.open(operation),
      nextId: () => `x${++ids}`,
      toggle: (id) => this.#toggle(id),
    };
    const more = () => {
      this.#rows += 2 * FIRST_ROWS;
      this.#draw();
    };
    this.#sections = {
      attention: new SectionView("attention", this.#context, more),
      running: new SectionView("running", this.#context, more),
      history: new SectionView("history", this.#context, () => {
        this.#history.showMore();
        void this.#loadHistory();
      }),
    };
    this.#form = new ChoicesView(byId("choices") as HTMLFormElement, (chosen) => this.#choose(chosen));
    this.#feed = new Feed({
      requests: this.#requests,
      path: this.#only === undefined ? `events?${LIVE}` : `operations/${encodeURIComponent(this.#only)}/events`,
      onEvent: (event) => this.#take(event),
      onState: (connection) => this.#connected(connection),
      later,
    });
  }

  async start(): Promise<void> {
    this.#form.show(this.#choices);
    byId("choices").hidden = this.#only !== undefined;
    listenToKeys(this.#form.search);
    this.#listen();
    try {
      const { traceUrl, control } = await this.#requests.json<PageSettings>("page.json");
      this.#context.traceUrl = traceUrl;
      if (control) this.#cancelDialog = new CancelDialog(this.#requests, (operation) => this.#askedToCancel(operation));
    } catch {
      // No links then, and nothing is cancelled.
    }
    this.#feed.open();
    void this.#loadHistory();
    setInterval(() => this.#second(), 1_000);
    setInterval(() => void this.#loadHistory(), REFRESH_MILLIS);
  }

  #listen(): void {
    addEventListener("popstate", () => {
      this.#choices = readChoices(location.search);
      this.#form.show(this.#choices);
      this.#changed();
    });
    addEventListener("online", () => this.#connection.state === "waiting" && this.#feed.open());
    document.addEventListener("visibilitychange", () => this.#draw());
    listenForTokens(byId("token") as HTMLFormElement, (token) => {
      this.#requests.token = token;
      this.#feed.open();
      void this.#loadHistory();
    });
  }

  /** The button that had the focus goes away with that. */
  #askedToCancel({ id, name }: Snapshot): void {
    this.#say(`Asked to cancel: ${name}.`);
    refocus(id);
  }

  // ── what comes ──

  #take({ event, data }: ServerEvent): void {
    const now = performance.now();
    if (event === "snapshot") this.#store.replace(JSON.parse(data) as SnapshotFrame, now);
    else if (event === "update") this.#store.update(JSON.parse(data) as UpdateFrame, now);
    this.#announcer.add(this.#store.takeHappenings());
    this.#settle();
    this.#schedule();
  }

  #connected(connection: Connection): void {
    const was = this.#connection.state;
    // Trying again is no news: said once, for those who hear it.
    if (connection.state === "connecting" && was === "waiting") return;
    this.#connection = connection;
    this.#frozen = connection.state === "live" ? undefined : (this.#frozen ?? performance.now());
    if (connection.state === "refused" && was !== "refused") byId("token").hidden = false;
    if (connection.state === "live") {
      byId("token").hidden = true;
      if (this.#history.loaded) void this.#loadHistory();
    }
    this.#draw();
  }

  /** What left the stream has ended: asked for how, soon and for all of them at once. */
  #settle(): void {
    if (this.#settling || this.#only !== undefined || !this.#store.unsettled) return;
    this.#settling = true;
    later(() => void this.#askHow(), ASK_MILLIS);
    later(() => {
      this.#settling = false;
      this.#settle();
    }, SETTLE_MILLIS);
  }

  async #askHow(): Promise<void> {
    try {
      const path = "operations?status=completed,failed,cancelled,lost&sort=updated&limit=200";
      const { operations } = await this.#requests.json<HistoryPage>(path);
      this.#store.settle(operations, performance.now());
      this.#announcer.add(this.#store.takeHappenings());
      this.#draw();
    } catch {
      // The connection shows it.
    }
    await this.#loadHistory();
  }

  async #loadHistory(): Promise<void> {
    if (this.#only !== undefined || document.hidden) return;
    const { state } = this.#connection;
    if (state === "refused" || state === "waiting") return;
    const stats = this.#requests.json<Stats>("stats").catch(() => undefined);
    if (showsEnded(this.#choices.show)) {
      await this.#history.load(this.#choices, this.#store.serverTime(performance.now()) || Date.now());
    }
    this.#stats = (await stats) ?? this.#stats;
    this.#draw();
  }

  // ── what is chosen ──

  #choose(chosen: Partial<Choices>): void {
    this.#choices = { ...this.#choices, ...chosen };
    this.#keep();
    this.#changed();
  }

  #toggle(id: string): void {
    const open = new Set(this.#choices.open);
    if (!open.delete(id)) open.add(id);
    this.#choices = { ...this.#choices, open };
    this.#keep();
    this.#draw();
  }

  #keep(): void {
    const search = writeChoices(location.search, this.#choices);
    history.replaceState(null, "", `${location.pathname}${search}`);
  }

  #changed(): void {
    this.#rows = FIRST_ROWS;
    this.#history.startOver();
    this.#asking?.();
    this.#asking = later(() => void this.#loadHistory(), ASK_MILLIS);
    this.#draw();
  }

  // ── what is shown ──

  #second(): void {
    const swept = this.#store.sweep(performance.now());
    if (swept || this.#connection.state === "live") this.#schedule();
  }

  #schedule(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    later(() => {
      this.#drawing = false;
      this.#draw();
    }, DRAW_MILLIS);
  }

  #draw(): void {
    const now = this.#frozen ?? performance.now();
    document.title = titleText(this.#store.held);
    if (document.hidden) return;
    const focused = (document.activeElement as HTMLElement | null)?.dataset["operation"];
    this.#drawSummary();
    this.#drawSections(arrange(this.#store.held, this.#choices, now, this.#rows), now);
    if (focused !== undefined && document.activeElement === document.body) refocus(focused);
  }

  #drawSummary(): void {
    const connection = byId("connection");
    setAttribute(connection, "data-state", this.#connection.state);
    setAttribute(document.documentElement, "data-connection", this.#connection.state);
    setText(connection, connectionText(this.#connection, this.#store.serverTime(this.#frozen ?? 0)));
    setText(byId("token-reason"), this.#connection.reason ?? "");
    setText(byId("counts"), countsText(this.#store.held));
    setText(byId("durations"), durationsText(this.#stats));
    setText(byId("losses"), lossesText(this.#stats));
  }

  #drawSections(arranged: Arranged, now: number): void {
    const { operations, loaded, more, problem } = this.#history;
    const open = this.#choices.open;
    const arrived = this.#store.serverTime(now) || Date.now();
    const ended = operations.map((operation) => {
      const isOpen = open.has(operation.id);
      const shown = isOpen ? this.#history.whole(operation, () => this.#schedule()) : operation;
      return endedNode(shown, arrived, isOpen);
    });
    this.#form.offer(arranged.types, this.#choices.type);
    const shown = sectionsOf({
      choices: this.#choices,
      arranged,
      ended: { nodes: ended, loaded, more, problem },
      state: this.#connection.state,
      known: this.#store.held.size > 0,
      only: this.#only !== undefined,
    });
    for (const [name, section] of Object.entries(shown)) this.#sections[name as keyof typeof shown].update(section);
  }

  #say(text: string): void {
    byId("announcer").textContent = text;
  }
}

const byId = (id: string): HTMLElement => document.getElementById(id)!;

function later(fn: () => void, millis: number): () => void {
  const timer = setTimeout(fn, millis);
  return () => clearTimeout(timer);
}

/** A row that went to another section takes the focus with it. */
function refocus(operation: string): void {
  const toggles = [...document.querySelectorAll<HTMLElement>(".toggle")];
  toggles.find(({ dataset }) => dataset["operation"] === operation)?.focus();
}
