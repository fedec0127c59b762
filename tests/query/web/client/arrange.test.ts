import { describe, expect, it } from "vitest";
import { arrange, endedNode, type Node } from "../../../../src/query/web/client/arrange.js";
import { readChoices } from "../../../../src/query/web/client/choices.js";
import { held, level, NOON_MILLIS, noonPlus, operation } from "./operations.js";

const NOW = 3_000;
const arranged = (all: readonly [string, ReturnType<typeof held>[1]][], search = "", most = 100) =>
  arrange(new Map(all), readChoices(search), NOW, most);
/** "a(b, c)": a row and those below it. */
const drawn = (nodes: readonly Node[]): string =>
  nodes.map(({ shown, parts }) => shown.id + (parts.length === 0 ? "" : `(${drawn(parts)})`)).join(", ");
const stalled = (seconds: number) => ({ stalled: { seconds, waitingOn: [] } });

describe("the order of rows", () => {
  it("is the oldest first, equals by id, operations below their parents", () => {
    const { running } = arranged([
      held(operation("late", { startedAt: noonPlus(9) })),
      held(operation("b")),
      held(operation("child", { parentId: "a" })),
      held(operation("orphan", { parentId: "elsewhere", startedAt: noonPlus(2) })),
      held(operation("self", { parentId: "self", startedAt: noonPlus(3) })),
      held(operation("a")),
    ]);
    expect(drawn(running.nodes)).toBe("a(child), b, orphan, self, late");
    expect([running.count, running.more]).toEqual([5, 0]);
  });

  it("has on top what stalls, longest first, then what was lost within a day, latest first", () => {
    const lost = (id: string, seconds: number) =>
      held(operation(id, { status: "lost", lastSeenAt: noonPlus(seconds) }));
    const { attention, running } = arranged([
      held(operation("calm")),
      held(operation("short", stalled(5))),
      lost("lost-early", -600),
      lost("lost-late", -60),
      lost("lost-long-ago", -90_000),
      held(operation("parent")),
      held(operation("child", { parentId: "parent", ...stalled(50) })),
    ]);
    expect(drawn(attention.nodes)).toBe("parent(child), short, lost-late, lost-early");
    expect(drawn(running.nodes)).toBe("calm");
  });

  it("ends where told, and says how many are left", () => {
    const all = Array.from({ length: 30 }, (_, n) => held(operation(`op-${n}`)));
    const { running } = arranged(all, "", 10);
    expect([running.nodes.length, running.count, running.more]).toEqual([10, 30, 20]);
  });

  it("does not count what has ended and is only shown a moment longer; its clock stands still", () => {
    const { running } = arranged([held(operation("a"), { leftAt: 1_500 }), held(operation("b"))]);
    expect([running.count, running.nodes.map(({ age }) => age)]).toEqual([1, [0, 2]]);
  });
});

describe("what is chosen", () => {
  const all = [
    held(operation("a", { name: "Nightly", message: "page 7" })),
    held(operation("b", { type: "mail", parentId: "a" })),
    held(operation("c", { type: "mail", ...stalled(1) })),
    held(operation("d", { status: "lost", lastSeenAt: noonPlus(0) })),
  ];
  const shown = (search: string) => {
    const { attention, running } = arranged(all, search);
    return `${drawn(attention.nodes)} | ${drawn(running.nodes)}`;
  };

  it.each([
    ["?q=NIGHT", " | a(b)"],
    ["?q=page", " | a(b)"],
    ["?q=nobody", " | "],
    ["?type=mail", "c | a(b)"],
    ["?q=nightly&type=mail", " | "],
    ["?since=1h&q=Nightly", " | a(b)"],
    ["?show=lost", "d | "],
    ["?show=running", "c | a(b)"],
  ])("%s shows %s", (search, expected) => expect(shown(search)).toBe(expected));

  it("leaves out what began before the time that is chosen", () => {
    const old = held(operation("old", { startedAt: noonPlus(-3_601) }));
    const { running } = arranged([old, held(operation("new"))], "?since=1h");
    expect(drawn(running.nodes)).toBe("new");
  });

  it("offers the types there are", () => {
    expect(arranged(all).types).toEqual(["import", "mail"]);
  });
});

describe("parts", () => {
  const levels = [
    level("done", { status: "completed" }),
    ...["r1", "r2", "r3", "r4"].map((id) => level(id, { levels: [level(`${id}-part`, { levels: [level("deep")] })] })),
    level("failed", { status: "failed", error: { type: "E", message: "no" } }),
  ];
  const only = (search = "", given = {}) =>
    arranged([held(operation("a", { levels, ...given }))], search).running.nodes[0]!;

  it("of a closed row are those that run, three of each and two deep", () => {
    expect(drawn([only()])).toBe("a(r1(r1-part), r2(r2-part), r3(r3-part))");
    expect(only().more).toBe("and 1 more running");
  });

  it("of an open row are all, in their order", () => {
    const tree = drawn([only("?open=a")]);
    expect(tree).toContain("a(done, r1(r1-part(deep)), ");
    expect(tree).toContain("failed)");
    expect(only("?open=a").more).toBe("");
  });

  it("of an open row with many are those that matter, and the rest in a sentence", () => {
    const many = [...Array.from({ length: 60 }, (_, n) => level(`l${n}`, { status: "completed" })), ...levels];
    const node = only("?open=a", { levels: many, droppedLevels: 4 });
    expect(node.parts.length).toBe(50);
    expect(node.parts.slice(-5).map(({ shown }) => shown.id)).toEqual(["r1", "r2", "r3", "r4", "failed"]);
    expect(node.more).toBe("and 20 more: 16 completed");
  });

  it("that are operations are cut as well", () => {
    const children = Array.from({ length: 9 }, (_, n) => held(operation(`c${n}`, { parentId: "a" })));
    const [node] = arranged([held(operation("a")), ...children]).running.nodes;
    expect([node!.parts.length, node!.more]).toEqual([6, "and 3 more running"]);
  });

  it("of what has ended are shown when it is open", () => {
    const ended = operation("a", { status: "completed", levels });
    expect(drawn([endedNode(ended, NOON_MILLIS, false)])).toBe("a");
    expect(endedNode(ended, NOON_MILLIS, true).parts.length).toBe(6);
  });
});
