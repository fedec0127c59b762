// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../../../../src/query/web/client/app.js";
import { noonPlus, operation } from "./operations.js";
import { openPage } from "./page-document.js";

/** What the server is asked, and what it answers. */
let asked: string[];
let answers: Map<string, () => Response>;
let stream: ReadableStreamDefaultController<Uint8Array> | undefined;

const go = (address: string) =>
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(`http://host/base/${address}`);
const events = () =>
  new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (stream = controller) }));
const send = (event: string, data: unknown) =>
  stream!.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
const snapshot = (...operations: unknown[]) => send("snapshot", { time: noonPlus(10), operations });
const update = (changed: unknown[], removed: string[] = []) =>
  send("update", { time: noonPlus(11), changed, removed, missed: 0 });
const pass = (millis: number) => vi.advanceTimersByTimeAsync(millis);
const text = (selector: string) => {
  const element = document.querySelector<HTMLElement>(selector);
  return element === null || element.closest("[hidden]") !== null ? undefined : element.textContent;
};
const names = (section: string) =>
  [...document.querySelectorAll(`#${section} .operations > li > .row .name`)].map(({ textContent }) => textContent);
const ended = (id: string, status = "completed", given = {}) =>
  operation(id, { status, endedAt: noonPlus(11), ...given });

beforeEach(() => {
  // The clock that says how long ago something came goes on by itself: nothing here is told in seconds.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  go("");
  sessionStorage.clear();
  openPage();
  asked = [];
  answers = new Map([
    ["page.json", () => Response.json({ traceUrl: "https://jaeger/{traceId}" })],
    ["events", events],
    ["operations", () => Response.json({ operations: [ended("old")] })],
    ["stats", () => Response.json({ meanSeconds: 2, p95Seconds: 4, forgotten: {}, losses: { subscribers: 1 } })],
  ]);
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    const url = new URL(address);
    const path = url.pathname.replace("/base/", "");
    asked.push(`${path}${url.search} ${new Headers(init.headers).get("authorization") ?? ""}`.trim());
    return (answers.get(path) ?? (() => new Response("", { status: 404 })))();
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
async function start(): Promise<void> {
  await new App().start();
  await pass(50);
}

describe("the page", () => {
  it("shows what runs, what needs somebody, what ended, and how the server does", async () => {
    await start();
    snapshot(operation("a", { percentage: 42 }), operation("s", { stalled: { seconds: 9, waitingOn: [] } }));
    await pass(300);
    expect([names("attention"), names("running"), names("history")]).toEqual([["s"], ["a"], ["old"]]);
    expect([text("#connection"), text("#counts")]).toEqual(["Live", "1 running, 1 stalled"]);
    expect(document.title).toBe("1 stalled, 1 running · Progress");
    expect(text("#durations")).toBe("completed in 2s on average, 95% within 4s");
    expect(text("#losses")).toBe("Since the start: subscribers: 1.");
    expect(asked).toContain("events?status=pending,running,paused,lost");
  });

  it("asks how something ended that left the stream, shows and tells it, and lets it go", async () => {
    await start();
    snapshot(operation("a"), operation("b"));
    await pass(300);
    answers.set("operations", () =>
      Response.json({ operations: [ended("a", "failed", { error: { type: "E", message: "no" } })] }),
    );
    update([], ["a"]);
    await pass(1_000);
    expect(text("#running li[data-tone=failed] .note")).toBe("no");
    expect(text("#announcer")).toBe("Failed: a.");
    expect(names("history")).toEqual([]);
    const asking = asked.filter((one) => one.includes("limit=200"));
    expect(asking).toEqual(["operations?status=completed,failed,cancelled,lost&sort=updated&limit=200"]);
  });

  it("opens details by a click, keeps that in the address, and asks for all there is of what ended", async () => {
    answers.set("operations/old", () => Response.json(ended("old", "completed", { attributes: { region: "eu" } })));
    await start();
    snapshot(operation("a", { traceId: "t" }));
    await pass(300);
    document.querySelector<HTMLElement>("#running .toggle")!.click();
    document.querySelector<HTMLElement>("#history .toggle")!.click();
    await pass(300);
    expect(location.search).toBe("?open=a&open=old");
    expect(document.querySelector<HTMLAnchorElement>("#running .detail a")!.href).toBe("https://jaeger/t");
    expect(text("#history .known")).toContain("regioneu");
    document.querySelector<HTMLElement>("#running .toggle")!.click();
    expect([location.search, document.querySelector("#running .detail")]).toEqual(["?open=old", null]);
  });

  it("narrows by what is typed, asks the history once for it, and goes back with the browser", async () => {
    await start();
    snapshot(operation("apple"), operation("pear"));
    await pass(300);
    const field = document.querySelector<HTMLInputElement>("[name=text]")!;
    for (const value of ["p", "pe", "pea"]) {
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    await pass(400);
    expect([names("running"), location.search]).toEqual([["pear"], "?q=pea"]);
    expect(asked.filter((one) => one.includes("text=")).length).toBe(1);
    go("?q=apple");
    window.dispatchEvent(new Event("popstate"));
    await pass(400);
    expect([names("running"), field.value]).toEqual([["apple"], "apple"]);
  });

  it("shows more rows when asked", async () => {
    await start();
    snapshot(...Array.from({ length: 250 }, (_, n) => operation(`op-${n}`)));
    await pass(300);
    expect([names("running").length, text("#running .show-more")]).toEqual([100, "and 150 more"]);
    document.querySelector<HTMLElement>("#running .show-more")!.click();
    expect([names("running").length, text("#running .show-more")]).toEqual([250, undefined]);
    answers.set("operations", () => Response.json({ operations: [ended("x")], nextCursor: "c" }));
    await pass(60_000);
    document.querySelector<HTMLElement>("#history .show-more")!.click();
    await pass(50);
    expect(asked.at(-1)).toContain("cursor=c");
  });

  it("keeps the focus on a row that goes to another section", async () => {
    await start();
    snapshot(operation("a"));
    await pass(300);
    document.querySelector<HTMLElement>("#running .toggle")!.focus();
    update([operation("a", { stalled: { seconds: 9, waitingOn: [] } })]);
    await pass(300);
    expect(document.activeElement!.closest("section")!.id).toBe("attention");
  });
});

describe("where operations can be cancelled", () => {
  const detailButton = () => document.querySelector<HTMLButtonElement>("#running .detail .cancel");

  it("somebody is asked, then the server, and the row has the focus and says it", async () => {
    answers.set("page.json", () => Response.json({ control: true }));
    answers.set("operations/a/cancel", () => Response.json({}, { status: 202 }));
    go("?open=a#token=operators");
    await start();
    snapshot(operation("a", { name: "Nightly" }));
    await pass(300);
    expect(detailButton()!.hidden).toBe(false);
    detailButton()!.click();
    const dialog = document.getElementById("cancel") as HTMLDialogElement;
    dialog.querySelector("form")!.dispatchEvent(new Event("submit", { cancelable: true }));
    await pass(50);
    expect([dialog.open, text("#announcer")]).toEqual([false, "Asked to cancel: Nightly."]);
    expect(asked).toContain("operations/a/cancel Bearer operators");
    expect(document.activeElement!.className).toBe("toggle");
    update([operation("a", { name: "Nightly", cancelRequested: { at: noonPlus(10), reason: "late" } })]);
    await pass(300);
    expect([detailButton()!.hidden, text("#running .note")]).toEqual([true, "Asked to cancel: late"]);
  });

  it("nobody is offered it with a token for one operation, or where the server does not say so", async () => {
    for (const [control, hash] of [
      [true, "#token=otp1.a.b"],
      [undefined, "#token=operators"],
    ]) {
      openPage();
      answers.set("page.json", () => Response.json({ control }));
      go(`?open=a${hash}`);
      await start();
      snapshot(operation("a"));
      await pass(300);
      expect(detailButton()!.hidden).toBe(true);
    }
  });
});

describe("a connection that breaks", () => {
  it("is said once, however often it is tried, and clocks go on when it is back", async () => {
    await start();
    snapshot(operation("a"));
    await pass(300);
    answers.set("events", () => new Response("", { status: 503 }));
    stream!.close();
    await pass(100);
    const said = text("#connection");
    expect(said).toMatch(/^The server ended the connection; trying again\. As of /);
    expect(document.documentElement.dataset["connection"]).toBe("waiting");
    answers.set("events", events);
    await pass(30_000);
    expect(text("#connection")).toBe("Live");
  });

  it("is tried at once when the network is back", async () => {
    await start();
    stream!.close();
    await pass(50);
    const before = asked.length;
    window.dispatchEvent(new Event("online"));
    await pass(0);
    expect(asked[before]).toContain("events");
  });
});

describe("a server that asks for a token", () => {
  it("gets it from the form, and the page shows nothing before", async () => {
    answers.set("events", () => Response.json({ title: "A token is needed" }, { status: 401 }));
    await start();
    expect([text("#token-reason"), text("#running-title")]).toEqual(["A token is needed", undefined]);
    answers.set("events", events);
    const form = document.getElementById("token") as HTMLFormElement;
    const field = form.elements.namedItem("token") as HTMLInputElement;
    field.value = " secret ";
    form.dispatchEvent(new Event("submit", { cancelable: true }));
    await pass(50);
    expect([field.value, form.hidden]).toEqual(["", true]);
    expect(asked).toContain("events?status=pending,running,paused,lost Bearer secret");
  });
});

describe("a page for one operation", () => {
  it("follows that one, open, and asks for nothing else", async () => {
    go("?id=a%2Fb#token=secret");
    answers.set("operations/a%2Fb/events", events);
    await start();
    snapshot(operation("a/b", { status: "completed", endedAt: noonPlus(11) }));
    await pass(300);
    expect([names("running"), names("history"), text("#choices")]).toEqual([["a/b"], [], undefined]);
    expect(document.querySelectorAll("#running .detail").length).toBe(1);
    expect(asked).toEqual(["page.json Bearer secret", "operations/a%2Fb/events Bearer secret"]);
  });
});
