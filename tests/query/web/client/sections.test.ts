import { describe, expect, it } from "vitest";
import { endedNode } from "../../../../src/query/web/client/arrange.js";
import { readChoices } from "../../../../src/query/web/client/choices.js";
import { type Situation, sectionsOf } from "../../../../src/query/web/client/sections.js";
import { NOON_MILLIS, operation } from "./operations.js";

const node = (id: string) => endedNode(operation(id), NOON_MILLIS, false);
const group = (...ids: string[]) => ({ nodes: ids.map(node), count: ids.length, more: 0 });
const situation = (given: Partial<Situation> = {}, search = ""): Situation => ({
  choices: readChoices(search),
  arranged: { attention: group(), running: group(), types: [] },
  ended: { nodes: [], loaded: true, more: false, problem: undefined },
  state: "live",
  known: true,
  only: false,
  ...given,
});
const visible = (given: Partial<Situation>, search = "") =>
  Object.entries(sectionsOf(situation(given, search)))
    .filter(([, { hidden }]) => !hidden)
    .map(([name]) => name);

describe("the sections", () => {
  it.each([
    ["", ["running", "history"]],
    ["?show=running", ["running"]],
    ["?show=attention", ["attention"]],
    ["?show=failed", ["history"]],
    ["?show=lost", ["history"]],
  ])("for %s are %s", (search, expected) => expect(visible({}, search)).toEqual(expected));

  it("have what needs attention on top when there is any", () => {
    const arranged = { attention: group("s"), running: group(), types: [] };
    expect(visible({ arranged })).toEqual(["attention", "running", "history"]);
    expect(visible({ arranged }, "?show=lost")).toEqual(["attention", "history"]);
  });

  it("are none for who is not let in, and the history alone of a source that tells no changes", () => {
    expect(visible({ state: "refused" })).toEqual([]);
    expect(visible({ state: "absent" })).toEqual(["history"]);
  });

  it("say why they are empty, and nothing before anything is known", () => {
    const empty = (given: Partial<Situation>, search = "") => {
      const { running, history } = sectionsOf(situation(given, search));
      return [running.empty, history.empty];
    };
    const waiting = { nodes: [], loaded: false, more: false, problem: undefined };
    expect(empty({})).toEqual(["Nothing is under way.", "Nothing has ended yet."]);
    expect(empty({}, "?q=x")).toEqual(["Nothing under way matches.", "Nothing that ended matches."]);
    expect(empty({ state: "connecting", known: false, ended: waiting })).toEqual(["", ""]);
    expect(empty({ ended: { ...waiting, problem: "status 500" } })[1]).toBe("status 500");
  });

  it("do not show below what is still shown above, parts included", () => {
    const parent = { ...node("parent"), parts: [node("child")] };
    const arranged = { attention: group(), running: { nodes: [parent], count: 1, more: 7 }, types: [] };
    const ended = { nodes: [node("child"), node("other")], loaded: true, more: true, problem: undefined };
    const ids = (search: string) =>
      sectionsOf(situation({ arranged, ended }, search)).history.nodes.map(({ shown }) => shown.id);
    expect(ids("")).toEqual(["other"]);
    expect(ids("?show=completed")).toEqual(["child", "other"]);
    const { running, history } = sectionsOf(situation({ arranged, ended }));
    expect([running.more, history.more]).toEqual(["and 7 more", "Show more"]);
  });

  it("are one when the page is for one operation", () => {
    const arranged = { attention: group("mine"), running: group(), types: [] };
    expect(visible({ arranged, only: true })).toEqual(["running"]);
    expect(sectionsOf(situation({ arranged, only: true })).running.nodes.length).toBe(1);
    expect(sectionsOf(situation({ only: true })).running.empty).toBe("Nothing is known of this operation yet.");
  });
});
