import { describe, expect, it } from "vitest";
import type { Change, OperationSource } from "../../src/model.js";
import { createHttpSource, type HttpSourceOptions } from "../../src/query/http-source.js";
import { type ServeOptions, serveProgress } from "../../src/query/node.js";
import { createTestProgress, ManualClock } from "../../src/testing.js";
import { eventually } from "../contracts/eventually.js";
import { describeOperationSource } from "../contracts/operation-source.js";
import { ownPort } from "../services/own-port.js";

const TOKEN = "a-token-for-the-tests";

/** A live source, its server, and that server as a source. */
async function start(serve: Partial<ServeOptions> = {}, client: Partial<HttpSourceOptions> = {}) {
  const test = createTestProgress({ limits: { finished: 2_000 } });
  const server = await serveProgress({ source: test.progress.live, port: 0, token: TOKEN, control: true, ...serve });
  const source = createHttpSource({ url: server.url, token: TOKEN, control: true, ...client });
  return {
    test,
    server,
    source,
    progress: test.progress,
    advance: async (millis: number) => test.clock.advance(millis),
    async [Symbol.asyncDispose]() {
      await server.close();
      await test.progress.shutdown();
    },
  };
}

describeOperationSource("a server", start, ["live", "watch", "history", "control"]);

describeOperationSource("a server of a server", async () => {
  const first = await start();
  const second = await serveProgress({ source: first.source, port: 0 });
  const source = createHttpSource({ url: second.url });
  return {
    ...first,
    source,
    async [Symbol.asyncDispose]() {
      await second.close();
      await first[Symbol.asyncDispose]();
    },
  };
}, ["live", "watch", "history"]);

describe("a question", () => {
  it("is refused with what the server said about it", async () => {
    await using subject = await start({}, { token: "another" });
    await expect(subject.source.get("a")).rejects.toMatchObject({
      name: "HttpSourceError",
      status: 401,
      problem: { type: "urn:otel-progress:unauthorized" },
    });
    await expect(subject.source.list({ since: "yesterday" })).rejects.toMatchObject({ status: 401 });
    const watch = subject.source.watch()[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject({ status: 401 });
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  it("whose source cannot be watched ends the watching, which is not tried again", async () => {
    const { progress } = createTestProgress();
    const { capabilities, get, list, stats, watch: never } = progress.live;
    const [asked, states]: [string[], string[]] = [[], []];
    const fetch: typeof globalThis.fetch = (url, init) => {
      asked.push(new URL(url as URL).pathname);
      return globalThis.fetch(url, init);
    };
    const unwatched = capabilities.filter((name) => name !== "watch");
    const source: OperationSource = { capabilities: unwatched, get, list, stats, watch: never };
    await using subject = await start({ source }, { fetch });
    const watch = subject.source.watch({}, { onConnection: (state) => states.push(state) });
    await expect(watch.next()).rejects.toMatchObject({
      name: "HttpSourceError",
      status: 501,
      permanent: true,
      problem: { type: "urn:otel-progress:unsupported" },
    });
    expect([await watch.next(), asked, states]).toEqual([{ done: true, value: undefined }, ["/events"], []]);
  });

  it("that makes no sense is refused by the server, in words", async () => {
    await using subject = await start();
    await expect(subject.source.list({ since: "yesterday" })).rejects.toThrow(
      /^400 A parameter is wrong: since: expected/,
    );
  });

  it("is asked with a token that is made for it, and with the headers that were given", async () => {
    const seen: string[] = [];
    let made = 0;
    await using subject = await start(
      {
        token: undefined,
        authorize: ({ headers }) => seen.push(`${headers.get("authorization")} ${headers.get("x-tenant")}`) > 0,
      },
      { token: async () => `token-${++made}`, headers: { "x-tenant": "blue" } },
    );
    await subject.source.get("a");
    await subject.source.stats();
    expect(seen).toEqual(["Bearer token-1 blue", "Bearer token-2 blue"]);
  });

  it("fails as fetch does when nobody answers, and in time when nobody answers in time", async () => {
    const refused = createHttpSource({ url: "http://127.0.0.1:1" });
    await expect(refused.get("a")).rejects.toThrow(TypeError);
    const fetch: typeof globalThis.fetch = (_, init) =>
      new Promise((_resolve, reject) => init!.signal!.addEventListener("abort", () => reject(init!.signal!.reason)));
    const slow = createHttpSource({ url: "http://127.0.0.1:1", timeout: 1, fetch });
    await expect(slow.stats()).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("to what is not one of our servers is an error, not an answer", async () => {
    const other = (response: () => Response) =>
      createHttpSource({ url: "http://localhost", fetch: async () => response() });
    const missing = other(
      () => new Response("<h1>404</h1>", { status: 404, headers: { "content-type": "text/html" } }),
    );
    await expect(missing.get("a")).rejects.toMatchObject({ status: 404, problem: undefined });
    const page = other(() => new Response("<h1>hello</h1>", { headers: { "content-type": "text/html" } }));
    await expect(page.watch()[Symbol.asyncIterator]().next()).rejects.toThrow(
      "expected an event stream, received text/html",
    );
    const liar = other(
      () => new Response("no json", { status: 500, headers: { "content-type": "application/problem+json" } }),
    );
    await expect(liar.stats()).rejects.toMatchObject({ status: 500, problem: undefined });
  });
});

it("an address may have a path, and is refused when it is none", async () => {
  await using subject = await start({ basePath: "/progress" });
  subject.progress.start("job", { id: "a" });
  for (const url of [subject.server.url, `${subject.server.url}/?x#y`, new URL(subject.server.url)]) {
    const source = createHttpSource({ url, token: TOKEN });
    expect((await source.get("a"))?.id).toBe("a");
    expect(source.capabilities).toEqual(["live", "watch", "history"]);
  }
  for (const url of ["", "localhost:4680", "/progress", "ftp://localhost"])
    expect(() => createHttpSource({ url })).toThrow(/url: expected an address with http: or https:/);
  for (const bad of [{ timeout: 0 }, { silenceTimeout: "soon" as "1s" }, { retryDelay: -1 }])
    expect(() => createHttpSource({ url: "http://localhost", ...bad })).toThrow(/expected milliseconds or a duration/);
});

describe("a server that goes away and comes back", () => {
  /** Reads on; gives what each change said, and the states of the connection. */
  function following(source: ReturnType<typeof createHttpSource>, stop: AbortSignal) {
    const told: string[] = [];
    const states: string[] = [];
    const brief = (change: Change) =>
      change.kind === "snapshot"
        ? `snapshot ${change.operations.map(({ id }) => id)}`
        : `${change.changed.map(({ id, current }) => `${id} ${current}`)} -${change.removed} missed ${change.missed}`;
    (async () => {
      const onConnection = (state: string) => states.push(state);
      for await (const change of source.watch({}, { signal: stop, onConnection })) told.push(brief(change));
    })();
    return { told, states };
  }

  it("is followed on: what it does not know any more is gone, what is new is told, and no state is the first one again", async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const before = await start({ port: await ownPort() }, { clock });
    before.progress.start("job", { id: "lost" });
    before.progress.start("job", { id: "kept" }).increment(1);
    const { told, states } = following(before.source, stop.signal);
    await eventually(() => expect(told.length).toBe(1));
    await before.server.close();
    await eventually(() => expect(states).toEqual(["open", "broken"]));
    clock.advance(500);
    await eventually(() => expect(states).toEqual(["open", "broken", "broken"]));
    await using after = await start({ port: before.server.port });
    after.progress.start("job", { id: "kept" }).increment(5);
    after.progress.start("job", { id: "new" }).increment(2);
    await eventually(() => {
      clock.advance(1_000);
      expect(told.slice(1)).toEqual(["new 2,kept 5 -lost missed 0"].map((text) => expect.stringMatching(sorted(text))));
    });
    expect(states.at(-1)).toBe("open");
    stop.abort();
    await before.progress.shutdown();
  });
  const sorted = (text: string) => new RegExp(`^(${text}|${text.replace(/^(\S+ \d),(\S+ \d)/, "$2,$1")})$`);

  it("only the connection: it goes on behind the last event, with the states it missed meanwhile", async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const asked: (string | null)[] = [];
    let cut = () => {};
    /** Lets connections be cut, and sees with which event they begin. */
    const fetch: typeof globalThis.fetch = async (url, init) => {
      asked.push(new Headers(init!.headers).get("last-event-id"));
      const response = await globalThis.fetch(url, init);
      const { readable, writable } = new TransformStream();
      const connection = new AbortController();
      response.body!.pipeTo(writable, { signal: connection.signal }).catch(() => {});
      cut = () => connection.abort(new Error("the cable is cut"));
      return new Response(readable, response);
    };
    await using subject = await start({}, { clock, fetch });
    const op = subject.progress.start("job", { id: "a" });
    const { told, states } = following(subject.source, stop.signal);
    await eventually(() => expect(told.length).toBe(1));
    op.increment();
    await subject.advance(100);
    await eventually(() => expect(told.length).toBe(2));
    cut();
    await eventually(() => expect(states).toEqual(["open", "broken"]));
    for (let n = 0; n < 3; n++) {
      op.increment();
      await subject.advance(100);
    }
    clock.advance(500);
    await eventually(() => expect(told).toEqual(["snapshot a", "a 1 - missed 0", "a 4 - missed 2"]));
    expect(asked).toEqual([null, expect.stringMatching(/^[0-9a-f]{16}-2$/)]);
    stop.abort();
  });
});

it("what a server may not show stays there", async () => {
  await using subject = await start({ redact: ({ tenant: _, ...rest }) => rest });
  const op = subject.progress.start("job", { id: "a", attributes: { tenant: "secret", size: 3 } });
  op.startLevel("part", { id: "p", attributes: { tenant: "secret" } });
  const reader = subject.source.watch()[Symbol.asyncIterator]();
  const { value } = await reader.next();
  op.increment();
  const next = reader.next();
  await subject.advance(100);
  const all = [await subject.source.get("a"), await subject.source.list(), value, (await next).value];
  expect(JSON.stringify(all)).not.toContain("secret");
  expect(all[0]).toMatchObject({ attributes: { size: 3 }, levels: [{ attributes: {} }] });
  await reader.return?.();
});
