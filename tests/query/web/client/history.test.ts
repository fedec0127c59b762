import { beforeEach, describe, expect, it } from "vitest";
import { readChoices } from "../../../../src/query/web/client/choices.js";
import { History } from "../../../../src/query/web/client/history.js";
import { Requests } from "../../../../src/query/web/client/requests.js";
import { operation } from "./operations.js";

let asked: URL[];
let answer: (url: URL) => Response | Promise<Response>;
let history: History;
const choices = readChoices("");
const load = () => history.load(choices, 0);
const ids = () => history.operations.map(({ id }) => id);

beforeEach(() => {
  asked = [];
  answer = (url) => {
    const page = Number(url.searchParams.get("cursor") ?? 0);
    return Response.json({ operations: [operation(`op-${page}`)], ...(page < 2 && { nextCursor: String(page + 1) }) });
  };
  history = new History(
    new Requests("http://host/", async (address) => {
      asked.push(new URL(address));
      return answer(asked.at(-1)!);
    }),
  );
});

describe("the history", () => {
  it("comes page by page, as many as were asked for", async () => {
    expect([history.loaded, await load(), ids(), history.more]).toEqual([false, true, ["op-0"], true]);
    history.showMore();
    await load();
    expect([ids(), history.more]).toEqual([["op-0", "op-1"], true]);
    history.showMore();
    history.showMore();
    await load();
    expect([ids(), history.more]).toEqual([["op-0", "op-1", "op-2"], false]);
    history.startOver();
    await load();
    expect(ids()).toEqual(["op-0"]);
  });

  it("that was asked for last is the one that counts", async () => {
    const answers: ((response: Response) => void)[] = [];
    answer = () => new Promise((resolve) => answers.push(resolve));
    const [first, second] = [load(), load()];
    await new Promise((resolve) => setTimeout(resolve, 0));
    answers[1]!(Response.json({ operations: [operation("new")] }));
    answers[0]!(Response.json({ operations: [operation("old")] }));
    expect([await first, await second, ids()]).toEqual([false, true, ["new"]]);
  });

  it("says what went wrong, and keeps what it has", async () => {
    await load();
    answer = () => Response.json({ title: "The source could not answer" }, { status: 500 });
    await load();
    expect([history.problem, ids()]).toEqual(["The source could not answer", ["op-0"]]);
  });

  it("asks once for all there is of an operation, and again when that failed", async () => {
    const listed = operation("a/b");
    let arrived = 0;
    const whole = () => history.whole(listed, () => arrived++);
    answer = () => new Response("", { status: 500 });
    expect(whole()).toBe(listed);
    await new Promise((resolve) => setTimeout(resolve, 0));
    answer = () => Response.json(operation("a/b", { message: "whole" }));
    expect([whole(), whole()]).toEqual([listed, listed]);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect([whole().message, arrived, asked.map(({ pathname }) => pathname)]).toEqual([
      "whole",
      1,
      ["/operations/a%2Fb", "/operations/a%2Fb"],
    ]);
  });

  it("takes no other run under the same id for it", async () => {
    answer = () => Response.json(operation("a", { startedAt: "2026-02-01T00:00:00Z" }));
    const listed = operation("a");
    history.whole(listed, () => {});
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(history.whole(listed, () => {})).toBe(listed);
  });
});
