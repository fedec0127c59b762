import { DiagLogLevel, diag } from "@opentelemetry/api";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Diagnostics } from "../../src/diagnostics.js";
import { type Environment, type ProgressOptions, readSettings } from "../../src/instrumentation/options.js";
import { createProgress } from "../../src/instrumentation/progress.js";

const DEFAULTS = {
  enabled: true,
  strict: false,
  intervalMillis: 100,
  granularity: "verbose",
  events: "span",
  eventsPerSpan: 32,
  limits: {
    active: 100_000,
    finished: 1_000,
    levelsPerOperation: 1_000,
    finishedLevels: 100_000,
    openLevels: 10_000,
    depth: 32,
    subscribers: 100,
    types: 200,
    levelSpans: 1_000,
    writers: 1_000,
    attributes: 64,
    textLength: 1_024,
  },
  checkpointAfter: 10_000,
  journalHistory: false,
  timeLimits: { stallTimeout: "auto", timeout: undefined, abandonAfter: undefined },
  clock: systemClock,
};

function read(options: unknown, env: Environment = {}) {
  const warnings: string[] = [];
  const diagnostics = new Diagnostics({ warn: (message) => warnings.push(message) });
  return { settings: readSettings(options as ProgressOptions, env, diagnostics), warnings };
}

/** Option path, environment variable, a good value as the environment has it, the settings it makes, a bad value. */
const TWINS: [path: string, variable: string, text: string, made: object, bad: string][] = [
  ["enabled", "PROGRESS_ENABLED", "false", { enabled: false }, "no"],
  ["interval", "PROGRESS_INTERVAL", "1s", { intervalMillis: 1_000 }, "5ms"],
  ["granularity", "PROGRESS_GRANULARITY", "basic", { granularity: "basic" }, "fine"],
  ["events", "PROGRESS_EVENTS", "both", { events: "both" }, "logs"],
  ["checkpointAfter", "PROGRESS_CHECKPOINT_AFTER", "1m", { checkpointAfter: 60_000 }, "always"],
  ["eventsPerSpan", "PROGRESS_EVENTS_PER_SPAN", "64", { eventsPerSpan: 64 }, "101"],
  ["stallTimeout", "PROGRESS_STALL_TIMEOUT", "2m", { timeLimits: { stallTimeout: 120_000 } }, "2 minutes"],
  ["timeout", "PROGRESS_TIMEOUT", "1h", { timeLimits: { timeout: 3_600_000 } }, "-1s"],
  ["abandonAfter", "PROGRESS_ABANDON_AFTER", "7d", { timeLimits: { abandonAfter: 604_800_000 } }, "soon"],
  ["limits.active", "PROGRESS_MAX_ACTIVE", "0", { limits: { active: 0 } }, "-1"],
  ["limits.finished", "PROGRESS_MAX_FINISHED", "5", { limits: { finished: 5 } }, "1.5"],
  ["limits.levelsPerOperation", "PROGRESS_MAX_LEVELS", "5", { limits: { levelsPerOperation: 5 } }, "many"],
  ["limits.finishedLevels", "PROGRESS_MAX_FINISHED_LEVELS", "5", { limits: { finishedLevels: 5 } }, "-5"],
  ["limits.attributes", "PROGRESS_MAX_ATTRIBUTES", "5", { limits: { attributes: 5 } }, "1001"],
  ["limits.textLength", "PROGRESS_MAX_TEXT_LENGTH", "80", { limits: { textLength: 80 } }, "15"],
  ["limits.openLevels", "PROGRESS_MAX_OPEN_LEVELS", "5", { limits: { openLevels: 5 } }, "1e99"],
  ["limits.depth", "PROGRESS_MAX_DEPTH", "3", { limits: { depth: 3 } }, "0"],
  ["limits.subscribers", "PROGRESS_MAX_SUBSCRIBERS", "3", { limits: { subscribers: 3 } }, "NaN"],
  ["limits.types", "PROGRESS_MAX_TYPES", "3", { limits: { types: 3 } }, "2001"],
  ["limits.levelSpans", "PROGRESS_MAX_LEVEL_SPANS", "3", { limits: { levelSpans: 3 } }, "Infinity"],
  ["limits.writers", "PROGRESS_MAX_WRITERS", "3", { limits: { writers: 3 } }, "100001"],
];
const option = (path: string, value: unknown) =>
  path.startsWith("limits.") ? { limits: { [path.slice(7)]: value } } : { [path]: value };

/** `made` on top of `DEFAULTS`, one level deep. */
function settingsWith(made: object) {
  const merged: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(made))
    merged[name] = typeof value === "object" ? { ...(merged[name] as object), ...value } : value;
  return merged;
}

describe("readSettings", () => {
  it("without options and environment gives the defaults, and says nothing", () => {
    expect(read({})).toEqual({ settings: DEFAULTS, warnings: [] });
  });

  it.each(TWINS)("%s can be set in code", (path, _variable, text, made) => {
    const value = path.startsWith("limits.") || path === "eventsPerSpan" ? Number(text) : text;
    expect(read(option(path, value)).settings).toEqual(settingsWith(made));
  });

  it.each(TWINS)("%s has the environment twin %s", (_path, variable, text, made) => {
    expect(read({}, { [variable]: text })).toEqual({ settings: settingsWith(made), warnings: [] });
  });

  it.each(TWINS)(
    "%s: code wins over %s, even over a bad one, which is not looked at",
    (path, variable, text, made, bad) => {
      expect(read(option(path, text), { [variable]: bad })).toEqual({ settings: settingsWith(made), warnings: [] });
    },
  );

  it.each(TWINS)(
    "a bad %s in code throws INVALID_OPTION and names the option",
    (path, _variable, _text, _made, bad) => {
      expect(() => read(option(path, bad))).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(`${path}: expected `) }),
      );
    },
  );

  it.each(TWINS)(
    "a bad environment variable is reported and defaulted: %s, %s",
    (_path, variable, _text, _made, bad) => {
      const { settings, warnings } = read({}, { [variable]: bad });
      expect(settings).toEqual(DEFAULTS);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(new RegExp(`^otel-progress: ${variable}: expected .*; the default is used$`));
    },
  );

  it("a history of the journal needs a journal: in code that throws, in the environment it is reported", () => {
    const both = { journal: "there", journalHistory: true };
    expect(read(both)).toEqual({ settings: { ...DEFAULTS, ...both }, warnings: [] });
    const env = { PROGRESS_JOURNAL_HISTORY: "true" };
    expect(read({}, { ...env, PROGRESS_JOURNAL: "there" })).toEqual({
      settings: { ...DEFAULTS, ...both },
      warnings: [],
    });
    expect(() => read({ journalHistory: true })).toThrow(
      expect.objectContaining({
        code: "INVALID_OPTION",
        message: expect.stringContaining("journalHistory: expected "),
      }),
    );
    expect(read({}, env)).toEqual({
      settings: DEFAULTS,
      warnings: ["otel-progress: PROGRESS_JOURNAL_HISTORY: expected PROGRESS_JOURNAL beside it"],
    });
    expect(read({ journalHistory: false }).settings).toEqual(DEFAULTS);
  });

  it("a history of remaining times is a file, by its path in the environment too, or an object with get() and set()", () => {
    const store = new Map<string, string>();
    expect(read({ etaHistory: store }).settings.etaHistory).toBe(store);
    expect(read({ etaHistory: "eta.json" }).settings).toEqual({ ...DEFAULTS, etaHistory: "eta.json" });
    expect(read({}, { PROGRESS_ETA_HISTORY: "eta.json" }).settings.etaHistory).toBe("eta.json");
    for (const bad of ["", 7, {}, { get() {} }, null])
      expect(() => read({ etaHistory: bad })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining("etaHistory: expected ") }),
      );
  });

  it("an empty environment variable is none", () => {
    expect(read({}, Object.fromEntries(TWINS.map(([, variable]) => [variable, ""])))).toEqual({
      settings: DEFAULTS,
      warnings: [],
    });
  });

  it("says what was expected and what came", () => {
    const messageOf = (options: unknown) => {
      try {
        return read(options);
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect([
      messageOf({ enabled: "maybe" }),
      messageOf({ events: "logs" as never }),
      messageOf({ interval: 1 }),
      messageOf({ eventsPerSpan: 1 }),
      messageOf({ limits: { active: Number.NaN } }),
      messageOf({ timeout: "-" }),
    ]).toEqual([
      'enabled: expected true or false, received "maybe"',
      'events: expected "span" or "log" or "both" or "none", received "logs"',
      "interval: expected 10ms to 1m, received 1",
      "eventsPerSpan: expected a whole number from 2 to 100, received 1",
      "limits.active: expected a whole number from 0 to 10000000, received NaN",
      'timeout: expected milliseconds or a duration such as "30s" or "2m", received "-"',
    ]);
  });

  it("the edges of the ranges are inside", () => {
    expect(read({ interval: 10, eventsPerSpan: 2 }).settings).toMatchObject({ intervalMillis: 10, eventsPerSpan: 2 });
    expect(read({ interval: "1m", eventsPerSpan: 100 }).settings).toMatchObject({
      intervalMillis: 60_000,
      eventsPerSpan: 100,
    });
    for (const interval of [9, "61s", Number.NaN]) expect(() => read({ interval })).toThrow("interval: expected");
  });

  it("true and false may be 1 and 0 in the environment", () => {
    const enabled = (text: string) => read({}, { PROGRESS_ENABLED: text }).settings.enabled;
    expect(["1", "true", "0", "false"].map(enabled)).toEqual([true, true, false, false]);
  });

  it("stallTimeout may be auto, in code and in the environment", () => {
    expect(read({ stallTimeout: "auto" }, { PROGRESS_STALL_TIMEOUT: "1m" }).settings.timeLimits.stallTimeout).toBe(
      "auto",
    );
    expect(read({}, { PROGRESS_STALL_TIMEOUT: "auto" }).settings.timeLimits.stallTimeout).toBe("auto");
  });

  it("an unknown option or limit throws and lists the known ones: a typing error must not pass", () => {
    const known = (what: string, name: string) =>
      expect.objectContaining({
        code: "INVALID_OPTION",
        message: expect.stringMatching(`^${what}: expected one of .*"${name}"$`),
      });
    expect(() => read({ intervall: 1 })).toThrow(known("createProgress", "intervall"));
    expect(() => read({ limits: { actives: 1 } })).toThrow(known("limits", "actives"));
    expect(() => read({ limits: { toString: 1 } })).toThrow(known("limits", "toString"));
  });

  it("strict and clock have no twin", () => {
    const clock = { ...systemClock };
    const { settings } = read({ strict: true, clock });
    expect([settings.strict, settings.clock]).toEqual([true, clock]);
    expect(() => read({ strict: "yes" })).toThrow('strict: expected true or false, received "yes"');
  });
});

describe("createProgress", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    diag.disable();
  });

  it("throws for a bad option at set-up", () => {
    expect(() => createProgress({ timeout: -1 })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  it.each<[options: unknown, message: string]>([
    [null, "createProgress: expected an object with options, received null"],
    ["fast", 'createProgress: expected an object with options, received "fast"'],
    [{ limits: 5 }, "limits: expected an object, received 5"],
    [{ clock: {} }, "clock: expected an object with monotonicMillis(), epochMillis() and every(), received an object"],
    [{ clock: null }, "clock: expected an object with monotonicMillis(), epochMillis() and every(), received null"],
    [{ definitions: [{}] }, "definitions: expected a list of what defineOperation() gave, received an object"],
    [{ definitions: "job" }, 'definitions: expected a list of what defineOperation() gave, received "job"'],
    [{ exporters: { export() {} } }, "exporters: expected a list of exporters, received an object"],
    [{ exporters: [undefined] }, "exporter: expected an object with export(), received undefined"],
  ])("throws what was expected for %j", (options, message) => {
    expect(() => createProgress(options as ProgressOptions)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message }),
    );
  });

  it("reads the environment of the process, and reports a bad variable through diag", async () => {
    const warn = vi.fn();
    diag.setLogger({ warn, error() {}, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
    vi.stubEnv("PROGRESS_MAX_ACTIVE", "0");
    vi.stubEnv("PROGRESS_INTERVAL", "often");
    await using progress = createProgress();
    progress.start("job", { id: "a" });
    expect(progress.live.get("a")).toBe(undefined);
    expect(warn.mock.calls[0]).toEqual([
      'otel-progress: PROGRESS_INTERVAL: expected milliseconds or a duration such as "30s" or "2m", received "often"; the default is used',
    ]);
  });
});
