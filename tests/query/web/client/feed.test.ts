import { beforeEach, describe, expect, it } from "vitest";
import { type Connection, Feed } from "../../../../src/query/web/client/feed.js";
import { Requests } from "../../../../src/query/web/client/requests.js";

let states: string[];
let events: string[];
let asked: Headers[];
/** What comes back, one after the other; the last one for ever. */
let answers: (() => Response)[];
let timers: { fn: () => void; millis: number }[];
let stream: ReadableStreamDefaultController<Uint8Array>;
const opened = () => {
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (stream = controller) });
  return new Response(body);
};
const send = (text: string) => stream.enqueue(new TextEncoder().encode(text));
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
/** Fires the timers of this length. */
const pass = async (millis: number) => {
  for (const timer of timers.filter((one) => one.millis === millis)) timer.fn();
  await settled();
};

let feed: Feed;
beforeEach(() => {
  [states, events, asked, timers, answers] = [[], [], [], [], [opened]];
  const requests = new Requests("http://host/", async (_, init) => {
    asked.push(new Headers(init.headers));
    return (answers.length > 1 ? answers.shift()! : answers[0]!)();
  });
  feed = new Feed({
    requests,
    path: "events",
    onEvent: ({ event, data }) => events.push(`${event} ${data}`),
    onState: ({ state, reason }: Connection) => states.push(reason === undefined ? state : `${state}: ${reason}`),
    later(fn, millis) {
      const timer = { fn, millis };
      timers.push(timer);
      return () => void (timers = timers.filter((one) => one !== timer));
    },
  });
});

describe("a feed", () => {
  it("gives the events of the stream as they come", async () => {
    feed.open();
    await settled();
    send("event: snapshot\nid: 1\nda");
    send("ta: {}\n\n:\n\n");
    await settled();
    expect([states, events, asked[0]!.get("accept")]).toEqual([
      ["connecting", "live"],
      ["snapshot {}"],
      "text/event-stream",
    ]);
  });

  it("opens again after an end, behind the last event, each time later", async () => {
    feed.open();
    await settled();
    send("id: 7\ndata: x\n\n");
    await settled();
    stream.close();
    await settled();
    expect(states.at(-1)).toBe("waiting: The server ended the connection");
    answers = [() => new Response("", { status: 503 })];
    await pass(500);
    expect([states.at(-1), asked.at(-1)!.get("last-event-id")]).toEqual(["waiting: status 503", "7"]);
    for (const millis of [1_000, 2_000, 4_000, 8_000, 10_000]) await pass(millis);
    expect(asked.length).toBe(7);
    answers = [opened];
    await pass(10_000);
    send("data: x\n\n");
    await settled();
    stream.error(new Error("reset"));
    await settled();
    expect([states.at(-1), timers.map(({ millis }) => millis)]).toEqual(["waiting: The server does not answer", [500]]);
  });

  it("gives up a connection that says nothing for too long", async () => {
    feed.open();
    await settled();
    await pass(45_000);
    expect(states).toEqual(["connecting", "live", "waiting: The server ended the connection"]);
  });

  it("does not insist where it is not let in, or where there is nothing to follow", async () => {
    answers = [() => Response.json({ title: "A token is needed" }, { status: 401 })];
    feed.open();
    await settled();
    answers = [() => Response.json({ title: "No" }, { status: 501 })];
    feed.open();
    await settled();
    expect([states, timers]).toEqual([["connecting", "refused: A token is needed", "connecting", "absent: No"], []]);
  });

  it("says nothing more once it is closed, or opened anew", async () => {
    feed.open();
    feed.open();
    await settled();
    feed.close();
    await settled();
    expect(states.filter((state) => state.startsWith("waiting"))).toEqual([]);
  });
});
