import { describe, expect, it } from "vitest";
import { type LevelNode, operationsOf } from "../../../src/query/jaeger/family-tree.js";
import { readTrace } from "../../../src/query/jaeger/untrusted.js";
import type { JaegerSpan } from "../../services/jaeger.js";
import { hex, level, marker, operation, span, traceOf } from "./json-spans.js";

const familyOf = (...spans: JaegerSpan[]) => operationsOf(readTrace(traceOf(spans))!);

type Tree = { readonly [id: string]: Tree };
const treeOf = (levels: readonly LevelNode[]): Tree =>
  Object.fromEntries(levels.map((node) => [String(node.span.tags.get("progress.level.id")), treeOf(node.levels)]));
const treesOf = (...spans: JaegerSpan[]) =>
  Object.fromEntries(familyOf(...spans).map(({ id, levels }) => [id, treeOf(levels)]));

describe("levels are a tree", () => {
  it("by their parents, in the order of their starts", () => {
    const cover = level("cover", "a", { parent: "one", from: 1 });
    expect(treesOf(level("two", "a", { from: 2 }), cover, operation("a"), level("one", "a"))).toEqual({
      a: { one: { cover: {} }, two: {} },
    });
    expect(
      Object.keys(treesOf(level("two", "a", { from: 2 }), level("one", "a", { from: 1 }), operation("a"))["a"]!),
    ).toEqual(["one", "two"]);
  });

  it("through spans of others, and through operations that began in between", () => {
    const request = span({ id: "GET", parent: "one" });
    const deep = level("deep", "a", { parent: "b" });
    const inner = operation("b", { parent: "GET" });
    expect(treesOf(operation("a"), level("one", "a"), request, inner, deep, level("own", "b"))).toEqual({
      a: { one: { deep: {} } },
      b: { own: {} },
    });
  });

  it("where a parent has no span, under the operation", () => {
    expect(treesOf(operation("a"), level("orphan", "a", { parent: "gone" }))).toEqual({ a: { orphan: {} } });
    expect(treesOf(operation("a"), level("orphan", "a", { parent: "stranger" }), span({ id: "stranger" }))).toEqual({
      a: { orphan: {} },
    });
  });

  it("cut where it goes in a circle", () => {
    const circle = [level("x", "a", { parent: "y" }), level("y", "a", { parent: "x" })];
    expect(treesOf(operation("a"), ...circle, level("self", "a", { parent: "self" }))).toEqual({
      a: { y: { x: {} }, self: {} },
    });
  });

  it("cut where it is deeper than any", () => {
    const chain = Array.from({ length: 1_500 }, (_, n) => level(`l${n}`, "a", { parent: n === 0 ? "a" : `l${n - 1}` }));
    const [a] = familyOf(operation("a"), ...chain);
    expect(a!.levels.map(({ span: { spanId } }) => spanId)).toEqual([hex("l0"), hex("l1000")]);
  });
});

describe("an operation", () => {
  it("of which only levels are there is known by them", () => {
    const [a, ...others] = familyOf(
      level("one", "a", { tags: { "progress.operation.type": "job" } }),
      level("two", "a"),
    );
    expect(others).toEqual([]);
    expect(a).toMatchObject({ id: "a", type: "job", span: undefined, spanId: undefined });
    expect(treeOf(a!.levels)).toEqual({ one: {}, two: {} });
  });

  it("that has not ended is known by its markers, with the id of its span", () => {
    const signs = [marker("checkpoint", "a", { from: 5, seconds: 30 }), marker("started", "a"), level("one", "a")];
    const [a, ...others] = familyOf(...signs);
    expect([others, a!.spanId, a!.span, a!.type]).toEqual([[], hex("a"), undefined, "job"]);
    expect(a!.markers.map(({ name }) => name)).toEqual(["job started", "job checkpoint"]);
    expect(treeOf(a!.levels)).toEqual({ one: {} });
  });

  it("that has ended has its markers still, which are no parts of it", () => {
    const [a, ...others] = familyOf(marker("started", "a"), operation("a"));
    expect([others.length, a!.markers.length, a!.levels.length, a!.nested.length]).toEqual([0, 1, 0, 0]);
  });

  it("that ran twice in a trace is two, each with its own levels", () => {
    const again = { ...operation("a", { from: 10 }), spanID: hex("again") };
    const lost = [level("first", "a", { parent: "gone", from: 1 }), level("second", "a", { parent: "gone", from: 11 })];
    const both = familyOf(operation("a"), again, ...lost, level("third", "a", { parent: "again", from: 12 }));
    expect(both.map(({ levels }) => treeOf(levels))).toEqual([{ first: {} }, { second: {}, third: {} }]);
  });

  it("knows in which it began, and which began directly in it", () => {
    const spans = [
      operation("a"),
      operation("b", { parent: "a" }),
      level("one", "a"),
      operation("c", { parent: "one" }),
      operation("d", { parent: "remote" }),
    ];
    const family = familyOf(...spans);
    expect(family.map(({ id, parentId }) => [id, parentId])).toEqual([
      ["a", undefined],
      ["b", "a"],
      ["c", "a"],
      ["d", undefined],
    ]);
    expect(family[0]!.nested.map(({ id }) => id)).toEqual(["b"]);
  });
});

describe("spans that others write", () => {
  it("need an id or a type, and their names are the rest", () => {
    const spans = [
      span({ id: "x", name: "transcode", tags: { "progress.operation.id": "job-1" } }),
      span({ id: "y", name: "convert", tags: { "progress.operation.type": "video" } }),
      span({ id: "z", name: "GET" }),
    ];
    expect(familyOf(...spans).map(({ id, type }) => [id, type])).toEqual([
      ["job-1", "transcode"],
      [hex("y"), "video"],
    ]);
  });

  it("may be levels of what is around them, without saying of what", () => {
    const frame = span({ id: "f", parent: "a", tags: { "progress.level.type": "frame", "progress.level.id": "f-1" } });
    const lost = span({ id: "g", tags: { "progress.level.type": "frame" } });
    expect(treesOf(operation("a"), frame, lost)).toEqual({ a: { "f-1": {} } });
  });

  it("are no markers without saying of what", () => {
    expect(familyOf(span({ id: "m", tags: { "progress.span.role": "started" } }))).toEqual([]);
  });
});
