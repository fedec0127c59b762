// @vitest-environment happy-dom
import { act, createElement, type ReactNode, StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineOperation } from "../../../src/index.js";
import { createHttpSource } from "../../../src/query/http-source.js";
import {
  type UseProgressOptions,
  useOperations,
  usePipelineStages,
  useProgress,
} from "../../../src/query/react/hooks.js";
import type { PlaceOptions } from "../../../src/query/react/question.js";
import { createTestProgress } from "../../../src/testing.js";
import { eventually } from "../../contracts/eventually.js";
import { createScriptedSource, settle, snapshotOf } from "./scripted-source.js";

const endedAt = "2026-01-01T00:00:09.000Z";
const clip = defineOperation("video.clip", {
  stages: { queued: [0, 5], mixing: { range: [5, 100], label: "Mixing" } },
});

let root: Root;
const roots: Root[] = [];
const place = () => document.body.appendChild(document.createElement("div"));
function newRoot(): Root {
  const made = createRoot(place());
  roots.push(made);
  return made;
}

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  root = newRoot();
});
afterEach(async () => {
  await act(async () => {
    for (const made of roots.splice(0)) made.unmount();
  });
  vi.advanceTimersByTime(1000);
  vi.useRealTimers();
  vi.unstubAllGlobals();
  document.body.textContent = "";
});

const render = (node: ReactNode, into = root) => act(async () => into.render(node));
const turn = (work: () => unknown) => act(async () => void (await work()));
const text = () => document.body.textContent;

interface ShowProps extends UseProgressOptions {
  id?: string | undefined;
}
function Show({ id, ...options }: ShowProps) {
  const { snapshot, connection, error } = useProgress(id, options);
  return `[${[snapshot?.id ?? "-", snapshot?.status ?? "-", connection, error?.message ?? "-"].join(" ")}]`;
}
const show = (props: ShowProps) => createElement(Show, props);

function List({ filter, options }: { filter?: Parameters<typeof useOperations>[0]; options: PlaceOptions }) {
  const { operations, connection } = useOperations(filter, options);
  return `[${connection} ${operations.map(({ id }) => id).join()}]`;
}
const Stages = () => usePipelineStages(clip).map(({ label, from, to }) => `${label} ${from}-${to}; `);

/** Callbacks that write down what they are told. */
function noting() {
  const told: string[] = [];
  return {
    told,
    onComplete: (snapshot: { id: string; endedAt: string }) => told.push(`complete ${snapshot.id} ${snapshot.endedAt}`),
    onError: (error: Error) => told.push(`${error.name} ${error.message}`),
  };
}

describe("useProgress", () => {
  it("shows an operation as it moves, and tells once that it completed", async () => {
    await using test = createTestProgress();
    const { told, ...callbacks } = noting();
    const props = { id: "a", source: test.progress.live, ...callbacks };
    await render(show(props));
    expect(text()).toBe("[- - open -]");
    const operation = test.progress.start("job", { id: "a" });
    await turn(() => test.advance("100ms"));
    expect(text()).toBe("[a running open -]");
    operation.complete();
    await turn(() => test.advance("100ms"));
    await render(show({ ...props, onComplete: (snapshot) => callbacks.onComplete(snapshot) }));
    expect([text(), told.length, told[0]?.startsWith("complete a 2026-01-01T")]).toEqual([
      "[a completed closed -]",
      1,
      true,
    ]);
  });

  it("tells the failure of the operation as the error", async () => {
    await using test = createTestProgress();
    const { told, ...callbacks } = noting();
    await render(show({ id: "a", source: test.progress.live, ...callbacks }));
    test.progress.start("job", { id: "a" }).fail(new Error("no such row"));
    await turn(() => test.advance("100ms"));
    expect([text(), told]).toEqual([
      "[a failed closed job failed: no such row]",
      ["OperationEndedError job failed: no such row"],
    ]);
  });

  it("asks nothing while there is no id, and begins when there is one", async () => {
    const source = createScriptedSource();
    await render(show({ source }));
    expect([text(), source.watches.length]).toEqual(["[- - closed -]", 0]);
    await render(show({ source, id: "a" }));
    expect([text(), source.watches.length]).toEqual(["[- - connecting -]", 1]);
    await render(show({ source }));
    vi.advanceTimersByTime(100);
    expect([text(), source.watches[0]!.aborted]).toEqual(["[- - closed -]", true]);
  });

  it("follows another operation when the id changes, and shows nothing of the one before", async () => {
    const source = createScriptedSource();
    await render(show({ source, id: "a" }));
    await turn(() => source.watches[0]!.tell({ kind: "snapshot", operations: [snapshotOf("a")] }));
    await render(show({ source, id: "b" }));
    expect(text()).toBe("[- - connecting -]");
    vi.advanceTimersByTime(100);
    expect(source.watches.map(({ filter, aborted }) => [filter, aborted])).toEqual([
      [{ id: "a" }, true],
      [{ id: "b" }, false],
    ]);
  });

  it("leaves its stream when it is unmounted", async () => {
    const source = createScriptedSource();
    await render(show({ source, id: "a" }));
    await render(null);
    vi.advanceTimersByTime(100);
    await settle();
    expect([source.watches[0]!.aborted, source.watches[0]!.over]).toEqual([true, true]);
  });

  it("opens one stream in StrictMode, and tells the end once", async () => {
    const source = createScriptedSource();
    const { told, ...callbacks } = noting();
    await render(createElement(StrictMode, null, show({ source, id: "a", ...callbacks })));
    vi.advanceTimersByTime(1000);
    const done = snapshotOf("a", { status: "completed", endedAt });
    await turn(() => source.watches[0]!.tell({ kind: "snapshot", operations: [done] }));
    expect([source.watches.length, told]).toEqual([1, [`complete a ${endedAt}`]]);
  });

  it("shares one stream among components, in one tree or several; each has its own callbacks", async () => {
    const source = createScriptedSource();
    const [first, second] = [noting(), noting()];
    const one = { source, id: "a" };
    await render(createElement("p", null, show({ ...one, onComplete: first.onComplete }), show(one)));
    await render(show({ ...one, onComplete: second.onComplete }), newRoot());
    const done = snapshotOf("a", { status: "completed", endedAt });
    await turn(() => source.watches[0]!.tell({ kind: "snapshot", operations: [done] }));
    expect([source.watches.length, text()]).toEqual([1, "[a completed closed -]".repeat(3)]);
    expect([first.told, second.told]).toEqual([[`complete a ${endedAt}`], [`complete a ${endedAt}`]]);
  });

  it("tells the end of an operation that had ended before, and once more when it ran again", async () => {
    const source = createScriptedSource();
    const { told, ...callbacks } = noting();
    const run = (startedAt: string) => [snapshotOf("a", { status: "completed", endedAt, startedAt })];
    for (const startedAt of ["2026-01-01T00:00:01Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:05Z"]) {
      await render(show({ source, id: "a", ...callbacks }));
      await turn(() => source.watches.at(-1)!.tell({ kind: "snapshot", operations: run(startedAt) }));
      await render(show({ source, ...callbacks }));
      vi.advanceTimersByTime(100);
    }
    expect([source.watches.length, told]).toEqual([3, [`complete a ${endedAt}`, `complete a ${endedAt}`]]);
  });

  it("keeps what it knows while the connection is away, and tells once for each time", async () => {
    const source = createScriptedSource();
    const { told, ...callbacks } = noting();
    await render(show({ source, id: "a", ...callbacks }));
    const { tell, connection } = source.watches[0]!;
    await turn(() => tell({ kind: "snapshot", operations: [snapshotOf("a")] }));
    await turn(() => connection("broken", new Error("gone")));
    await turn(() => connection("broken", new Error("still gone")));
    expect(text()).toBe("[a running reconnecting gone]");
    await turn(() => connection("open"));
    expect(text()).toBe("[a running open -]");
    await turn(() => connection("broken", new Error("gone")));
    expect(told).toEqual(["Error gone", "Error gone"]);
  });

  it("is closed, with the reason, when the server's source cannot be watched", async () => {
    const { told, ...callbacks } = noting();
    let asked = 0;
    const fetch = async () => {
      asked++;
      const problem = { type: "urn:otel-progress:unsupported", title: "The source cannot do this", status: 501 };
      return Response.json(problem, { status: 501, headers: { "content-type": "application/problem+json" } });
    };
    const source = createHttpSource({ url: "http://localhost", fetch });
    await render(show({ id: "a", source, ...callbacks }));
    await eventually(() => expect(told).toEqual(["HttpSourceError 501 The source cannot do this"]));
    await turn(() => vi.advanceTimersByTime(60_000));
    expect([text(), asked, told.length]).toEqual(["[- - closed 501 The source cannot do this]", 1, 1]);
  });

  it("is closed by a refusal", async () => {
    const source = createScriptedSource();
    const { told, ...callbacks } = noting();
    await render(show({ source, id: "a", ...callbacks }));
    await turn(() => source.watches[0]!.fail(Object.assign(new Error("A token is needed"), { status: 401 })));
    expect([text(), told]).toEqual(["[- - closed A token is needed]", ["Error A token is needed"]]);
  });

  it("polls when it is told to", async () => {
    const source = createScriptedSource();
    source.answer = async () => [snapshotOf("a")];
    await render(show({ source, id: "a", pollInterval: "2s" }));
    source.answer = async () => [snapshotOf("a", { status: "completed", endedAt })];
    await turn(() => vi.advanceTimersByTime(1999));
    expect(text()).toBe("[a running open -]");
    await turn(() => vi.advanceTimersByTime(1));
    await turn(() => vi.advanceTimersByTime(60_000));
    expect([text(), source.asked, source.watches.length]).toEqual(["[a completed closed -]", ["a", "a"], 0]);
  });

  it("gives no snapshot of an operation that is none of the definition's", async () => {
    const source = createScriptedSource();
    const { told, ...callbacks } = noting();
    const definition = clip as UseProgressOptions["definition"];
    const operations = [snapshotOf("a"), snapshotOf("b", { type: "video.clip" })];
    for (const id of ["a", "b"]) {
      await render(show({ source, id, definition, ...callbacks }));
      await turn(() => source.watches.at(-1)!.tell({ kind: "snapshot", operations }));
      if (id === "a") expect(text()).toBe('[- - open operation a: expected one of type "video.clip", received "job"]');
    }
    expect([text(), told.length]).toEqual(["[b running open -]", 1]);
  });

  it("throws for an interval that is none", async () => {
    expect(() => renderToString(show({ id: "a", pollInterval: "1ms" }))).toThrow("pollInterval: expected a duration");
  });

  it("renders on a server, asking nothing", () => {
    const source = createScriptedSource();
    expect(renderToString(show({ source, id: "a" }))).toBe("[- - connecting -]");
    expect(renderToString(show({ source }))).toBe("[- - closed -]");
    expect(source.watches.length).toBe(0);
  });
});

describe("over HTTP", () => {
  /** Answers every request with an event stream of one state. */
  function serve() {
    const requests: { path: string; token: string | null; signal: AbortSignal }[] = [];
    const name = (token: string | null) => snapshotOf("a", { status: token === "Bearer 2" ? "paused" : "running" });
    vi.stubGlobal("fetch", async (url: URL, { headers, signal }: RequestInit) => {
      const token = new Headers(headers).get("authorization");
      requests.push({ path: `${url.pathname}${url.search}`, token, signal: signal! });
      const data = JSON.stringify({ time: endedAt, operations: [name(token)] });
      const body = new ReadableStream({
        start: (controller) =>
          controller.enqueue(new TextEncoder().encode(`event: snapshot\nid: e-1\ndata: ${data}\n\n`)),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    return requests;
  }

  it("a new token opens a new stream and closes the one before; what was known is shown until then", async () => {
    const requests = serve();
    const options = { id: "a", url: "http://localhost/progress" };
    await render(show({ ...options, token: "1" }));
    await turn(() => eventually(() => expect(text()).toBe("[a running open -]")));
    let between: string | null = null;
    act(() => root.render(show({ ...options, token: "2" })));
    between = text();
    await turn(() => eventually(() => expect(text()).toBe("[a paused open -]")));
    await turn(() => vi.advanceTimersByTime(100));
    expect(between).toBe("[a running connecting -]");
    expect(requests.map(({ path, token, signal }) => [path, token, signal.aborted])).toEqual([
      ["/progress/events?id=a", "Bearer 1", true],
      ["/progress/events?id=a", "Bearer 2", false],
    ]);
  });
});

describe("useOperations", () => {
  const started = (id: string, second: number) => snapshotOf(id, { startedAt: `2026-01-01T00:00:0${second}.000Z` });
  const operations = [started("a", 1), started("c", 3), started("b", 2)];

  it("lists what passes the filter, latest first, and shares the stream whatever the order", async () => {
    const source = createScriptedSource();
    const options = { source };
    await render([
      createElement(List, { key: 1, filter: { type: "job" }, options }),
      createElement(List, { key: 2, filter: { type: "job", limit: 2 }, options }),
    ]);
    await turn(() => source.watches[0]!.tell({ kind: "snapshot", operations }));
    expect([text(), source.watches.map(({ filter }) => filter)]).toEqual(["[open c,b,a][open c,b]", [{ type: "job" }]]);
  });

  it("goes on with the same stream when an equal filter is made anew", async () => {
    const source = createScriptedSource();
    for (let time = 0; time < 3; time++) {
      await render(createElement(List, { filter: { status: ["running"] }, options: { source } }));
      vi.advanceTimersByTime(1000);
    }
    expect([source.watches.length, source.watches[0]!.aborted]).toEqual([1, false]);
  });

  it("asks for everything without a filter", async () => {
    const source = createScriptedSource();
    await render(createElement(List, { options: { source } }));
    expect(source.watches.map(({ filter }) => filter)).toEqual([{}]);
  });
});

it("usePipelineStages gives the stages of a definition in order", () => {
  expect(renderToString(createElement(Stages)).replaceAll("<!-- -->", "")).toBe("queued 0-5; Mixing 5-100; ");
});
