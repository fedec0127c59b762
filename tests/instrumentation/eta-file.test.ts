import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import { EtaFile, MOST_PROFILES } from "../../src/instrumentation/eta-file.js";

let folder: string;
let path: string;
let said: string[];
let diagnostics: Diagnostics;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "otel-progress-eta-"));
  path = join(folder, "deep", "eta.json");
  said = [];
  diagnostics = new Diagnostics({ warn: (line) => said.push(line) });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const profile = (endedAt: number) => JSON.stringify({ version: 1, runs: [{ endedAt }] });
const open = () => new EtaFile(path, diagnostics);

describe("the file of profiles", () => {
  it("is made when something is learned, with its folders, readable by its user alone, and nothing beside it", () => {
    const file = open();
    expect([file.get("a"), readdirSync(folder)]).toEqual([undefined, []]);
    file.set("a", profile(1));
    file.set("b", profile(2));
    expect([file.get("a"), open().get("b"), open().get("toString")]).toEqual([profile(1), profile(2), undefined]);
    expect(readdirSync(join(folder, "deep"))).toEqual(["eta.json"]);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
      version: 1,
      profiles: { a: { runs: [{ endedAt: 1 }] } },
    });
  });

  it("keeps what another process wrote meanwhile", () => {
    const [one, other] = [open(), open()];
    one.set("a", profile(1));
    other.set("b", profile(2));
    one.set("c", profile(3));
    expect(["a", "b", "c"].map((key) => open().get(key))).toEqual([profile(1), profile(2), profile(3)]);
  });

  it.each([
    ["no JSON", "{"],
    ["of another version", '{"version":2,"profiles":{}}'],
    ["something else", "[1,2]"],
  ])("that is %s is ignored, counted, and made anew", (_, text) => {
    mkdirSync(join(folder, "deep"));
    writeFileSync(path, text);
    const file = open();
    expect([file.get("a"), file.get("b")]).toEqual([undefined, undefined]);
    expect(diagnostics.losses()).toEqual({ eta_history_ignored: 1 });
    expect(said).toEqual([`otel-progress: ${path} holds no history; it is made anew`]);
    file.set("a", profile(1));
    expect(open().get("a")).toBe(profile(1));
  });

  it("keeps a thousand profiles, those used last", () => {
    const file = open();
    const many = Object.fromEntries(
      Array.from({ length: MOST_PROFILES }, (_, n) => [`k${n}`, JSON.parse(profile(n + 1))]),
    );
    mkdirSync(join(folder, "deep"));
    writeFileSync(path, JSON.stringify({ version: 1, profiles: { ...many, odd: 7 } }));
    file.set("new", profile(5_000));
    expect(["odd", "k0", "k1", "new"].map((key) => file.get(key) !== undefined)).toEqual([false, false, true, true]);
  });

  it("goes on when a lock was left behind by a process that died, and when one is held", () => {
    const file = open();
    file.set("a", profile(1));
    writeFileSync(`${path}.lock`, "");
    file.set("a", profile(2));
    expect(readdirSync(join(folder, "deep")).sort()).toEqual(["eta.json", "eta.json.lock"]);
    utimesSync(`${path}.lock`, 1, 1);
    file.set("a", profile(3));
    expect([file.get("a"), readdirSync(join(folder, "deep"))]).toEqual([profile(3), ["eta.json"]]);
  });

  it("does not wait where nobody can write", () => {
    const wait = vi.spyOn(Atomics, "wait");
    // With ".lock" the name is too long.
    path = join(folder, "x".repeat(251));
    expect(() => open().set("a", profile(1))).toThrow("ENAMETOOLONG");
    expect([wait.mock.calls.length, readdirSync(folder)]).toEqual([0, []]);
    wait.mockRestore();
  });

  it("leaves nothing behind when it cannot be written, and says so to whoever writes", () => {
    mkdirSync(path, { recursive: true });
    expect(() => open().set("a", profile(1))).toThrow();
    expect(readdirSync(join(folder, "deep"))).toEqual(["eta.json"]);
  });
});
