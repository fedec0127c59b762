import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ExitGuard } from "../../../src/exporters/terminal/exit-guard.js";

const EVENTS = ["exit", "SIGINT", "SIGTERM", "SIGHUP", "SIGCONT"] as const;
const listeners = () => EVENTS.map((event) => process.listenerCount(event));

let told: string[];
let guard: ExitGuard;
let before: number[];
const kill = vi.spyOn(process, "kill");

beforeEach(() => {
  before = listeners();
  told = [];
  kill.mockReset().mockImplementation(() => {
    told.push("killed");
    return true;
  });
  guard = new ExitGuard({
    exit: () => told.push("exit"),
    signal: () => told.push("signal"),
    resume: () => told.push("resume"),
  });
});
afterEach(() => {
  guard.stop();
  expect(listeners()).toEqual(before);
});

/** What the process hears from outside. */
function raise(signal: "SIGTERM" | "SIGCONT"): void {
  process.emit(signal, signal);
}

test("it tells when the process exits and when it goes on after a stop, from start to stop", () => {
  guard.start();
  guard.start();
  process.emit("exit", 0);
  raise("SIGCONT");
  guard.stop();
  guard.stop();
  process.emit("exit", 0);
  raise("SIGCONT");
  expect(told).toEqual(["exit", "resume"]);
});

test("signals are nobody's business unless they are caught", () => {
  guard.catchSignals();
  guard.start();
  expect(process.listenerCount("SIGINT")).toBe(before[1]);
});

describe("a signal that is caught", () => {
  test("has its own effect when nobody else listens", () => {
    guard.start();
    guard.catchSignals();
    guard.catchSignals();
    raise("SIGTERM");
    expect(told).toEqual(["signal", "killed"]);
    expect(kill).toHaveBeenCalledWith(process.pid, "SIGTERM");
  });

  test("is the application's when it listens; we are told first", () => {
    const application = () => told.push("application");
    process.on("SIGTERM", application);
    guard.start();
    guard.catchSignals();
    raise("SIGTERM");
    process.off("SIGTERM", application);
    expect(told).toEqual(["signal", "application"]);
  });

  test("is the application's also when it listens only once", () => {
    process.once("SIGTERM", () => told.push("application"));
    guard.start();
    guard.catchSignals();
    raise("SIGTERM");
    expect(told).toEqual(["signal", "application"]);
  });

  test("is not counted on by others that end the process when nobody but they listen", () => {
    const other = () => {
      if (process.listenerCount("SIGTERM") === 1) told.push("ended by the other");
    };
    process.on("SIGTERM", other);
    guard.start();
    guard.catchSignals();
    raise("SIGTERM");
    process.off("SIGTERM", other);
    expect(told).toEqual(["signal", "ended by the other"]);
  });

  test("can be caught again, and given back", () => {
    process.on("SIGTERM", vi.fn());
    guard.start();
    guard.catchSignals();
    raise("SIGTERM");
    guard.catchSignals();
    raise("SIGTERM");
    guard.catchSignals();
    guard.letSignals();
    raise("SIGTERM");
    process.removeAllListeners("SIGTERM");
    expect(told).toEqual(["signal", "signal"]);
  });
});
