import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Diagnostics } from "../src/diagnostics.js";
import { curveOf, type PastRun, Profile } from "../src/eta/profile.js";
import {
  decodeProfile,
  EtaHistory,
  type EtaStore,
  encodeProfile,
  type Learner,
  pastRun,
  profileKey,
} from "../src/eta-history.js";
import { Points } from "../src/points.js";

const run = (endedAt: number, seconds = 10): PastRun => ({ endedAt, seconds, total: 5, curve: curveOf([], seconds) });
const learner = (): Learner => ({ profile: undefined });
const ends = ({ profile }: Learner) => profile?.runs.map(({ endedAt }) => endedAt);

let said: string[];
let diagnostics: Diagnostics;
beforeEach(() => {
  said = [];
  diagnostics = new Diagnostics({ warn: (line) => said.push(line) });
});
const historyOn = (store?: EtaStore) => new EtaHistory(store, diagnostics);

describe("what is kept of a run", () => {
  it("is how long it took, how much it was, and its curve", () => {
    const points = new Points(31);
    for (const [millis, ratio] of [
      [1_000, 0],
      [3_000, 0.8],
      [5_000, 0.9],
    ] as const)
      if (points.wants(millis)) points.add(millis, 0, 0, ratio, 0, undefined);
    const kept = pastRun(77.7, 4, 100, points);
    expect([kept.endedAt, kept.seconds, kept.total, kept.curve.length]).toEqual([78, 4, 100, 31]);
    expect(kept.curve[15]).toBe(800);
  });

  it("without total or points is how long it took", () => {
    expect(pastRun(1, 4, Number.NaN, undefined)).toEqual({ endedAt: 1, seconds: 4, total: 0, curve: [] });
    expect(pastRun(1, 4, 10, new Points(31)).curve).toEqual([]);
  });
});

describe("the text of a profile", () => {
  it("is at most 4 KB, and says the same when it is read again", () => {
    const profile = new Profile(
      Array.from({ length: 8 }, (_, n) => ({ ...run(1_760_000_000_000 + n, 123_456.7), total: 1_234_567 })),
    );
    const text = encodeProfile(profile);
    expect(text.length).toBeLessThan(4_096);
    const again = decodeProfile(text)!;
    expect(encodeProfile(again)).toBe(text);
    expect(again.secondsFor(1_234_567)).toBeCloseTo(profile.secondsFor(1_234_567), 0);
  });

  it("takes as much memory as it may: eight runs, whatever is added", () => {
    let profile = new Profile([run(1)]);
    for (let n = 2; n < 1_000; n++) profile = profile.with([run(n)]);
    expect([profile.runs.length, encodeProfile(profile).length < 4_096]).toEqual([8, true]);
  });

  it("that is none is refused, whatever is in it", () => {
    const good = JSON.parse(encodeProfile(new Profile([run(1)])));
    const bad = [
      { ...good, version: 2 },
      { ...good, runs: [] },
      { ...good, runs: Array(9).fill(good.runs[0]) },
      { ...good, runs: [{ ...good.runs[0], seconds: -1 }] },
      { ...good, runs: [{ ...good.runs[0], seconds: null }] },
      { ...good, runs: [{ ...good.runs[0], total: "5" }] },
      { ...good, runs: [{ ...good.runs[0], curve: [1, 2] }] },
      { ...good, runs: [{ ...good.runs[0], curve: good.runs[0].curve.toReversed() }] },
      { ...good, runs: [{ ...good.runs[0], curve: good.runs[0].curve.map((at: number) => at * 9) }] },
      { ...good, runs: [7] },
      null,
      [],
    ].map((value) => JSON.stringify(value));
    expect([...bad, "", "{", "x".repeat(9_000), 7].map(decodeProfile)).toEqual(Array(16).fill(undefined));
    expect(decodeProfile(JSON.stringify({ ...good, later: true }))).toBeDefined();
    fc.assert(fc.property(fc.string(), (text) => decodeProfile(text) === undefined));
    fc.assert(fc.property(fc.json(), (text) => decodeProfile(text) === undefined));
  });
});

describe("the history", () => {
  it("names a type and a level kind in it so that they cannot be mistaken", () => {
    expect([profileKey("a/b", undefined), profileKey("a", "b"), profileKey("a b", "ü")]).toEqual([
      "a%2Fb",
      "a/b",
      "a%20b/%C3%BC",
    ]);
  });

  it("without a store learns for as long as it lives", async () => {
    const [history, import_] = [historyOn(), learner()];
    history.load("import", import_);
    expect(import_.profile).toBeUndefined();
    history.learn("import", import_, run(1));
    history.learn("import", import_, run(2));
    expect([ends(import_), history.quiet]).toEqual([[1, 2], true]);
    await history.save();
  });

  it("is read when a type is first seen, and written once a second", () => {
    const store = new Map([["import", encodeProfile(new Profile([run(1)]))]]);
    const [history, import_] = [historyOn(store), learner()];
    history.load("import", import_);
    history.learn("import", import_, run(2));
    history.tick(0);
    expect(decodeProfile(store.get("import"))!.runs.length).toBe(2);
    history.learn("import", import_, run(3));
    history.tick(999);
    expect([decodeProfile(store.get("import"))!.runs.length, history.quiet]).toEqual([2, false]);
    history.tick(1_000);
    expect([decodeProfile(store.get("import"))!.runs.length, history.quiet]).toEqual([3, true]);
  });

  it("writes ten at a time, and all that are left when it is asked to", async () => {
    const store = new Map<string, string>();
    const history = historyOn(store);
    for (let n = 0; n < 25; n++) history.learn(`type ${n}`, learner(), run(n));
    history.tick(0);
    expect(store.size).toBe(10);
    await history.save();
    expect(store.size).toBe(25);
  });

  it("waits for what it wrote before, and for a store that never answers five seconds at most", async () => {
    vi.useFakeTimers();
    try {
      const answers: (() => void)[] = [];
      const set = () => new Promise<void>((answer) => answers.push(answer));
      const history = historyOn({ get: () => undefined, set });
      history.learn("a", learner(), run(1));
      history.tick(0);
      let saved = false;
      const saving = history.save().then(() => (saved = true));
      await vi.advanceTimersByTimeAsync(0);
      expect(saved).toBe(false);
      answers[0]!();
      await saving;
      expect(diagnostics.losses()).toEqual({});
      for (let n = 0; n < 25; n++) history.learn(`type ${n}`, learner(), run(n));
      for (let second = 1; second < 10; second++) history.tick(second * 1_000);
      expect(answers.length).toBe(11);
      const stuck = history.save();
      await vi.advanceTimersByTimeAsync(5_000);
      await stuck;
      expect([diagnostics.losses(), vi.getTimerCount()]).toEqual([{ eta_history_failed: 1 }, 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("keeps what other processes learned meanwhile", async () => {
    const store = new Map<string, string>();
    const [one, other] = [learner(), learner()];
    const [first, second] = [historyOn(store), historyOn(store)];
    first.learn("import", one, run(1));
    second.learn("import", other, run(2));
    await first.save();
    await second.save();
    expect(decodeProfile(store.get("import"))!.runs.map(({ endedAt }) => endedAt)).toEqual([1, 2]);
    expect(ends(other)).toEqual([1, 2]);
  });

  it("may be asked over a network", async () => {
    const kept = new Map([["import", encodeProfile(new Profile([run(1)]))]]);
    const store: EtaStore = {
      get: async (key) => kept.get(key) ?? null,
      set: async (key, profile) => kept.set(key, profile),
    };
    const [history, import_] = [historyOn(store), learner()];
    history.load("import", import_);
    expect(import_.profile).toBeUndefined();
    await Promise.resolve().then(() => {});
    await Promise.resolve().then(() => {});
    expect(ends(import_)).toEqual([1]);
    history.learn("import", import_, run(2));
    await history.save();
    expect(decodeProfile(kept.get("import"))!.runs.length).toBe(2);
  });

  it("ignores and counts what is no profile, and replaces it", async () => {
    const store = new Map([["import", '{"version":99}']]);
    const [history, import_] = [historyOn(store), learner()];
    history.load("import", import_);
    expect([import_.profile, diagnostics.losses()]).toEqual([undefined, { eta_history_ignored: 1 }]);
    history.learn("import", import_, run(2));
    await history.save();
    expect(decodeProfile(store.get("import"))!.runs.length).toBe(1);
  });

  it("survives a store that fails, at once or later, and says so once", async () => {
    const failing: EtaStore[] = [
      {
        get: () => {
          throw new Error("disk");
        },
        set: () => {},
      },
      { get: () => Promise.reject(new Error("net")), set: () => {} },
      { get: () => undefined, set: () => Promise.reject(new Error("full")) },
    ];
    for (const store of failing) {
      const history = historyOn(store);
      history.load("import", learner());
      history.learn("import", learner(), run(1));
      await history.save();
    }
    expect(diagnostics.counted("eta_history_failed")).toBe(5);
    expect(said.length).toBe(1);
  });
});
