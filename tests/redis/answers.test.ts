import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/clock.js";
import { Answers } from "../../src/redis/answers.js";
import type { Run } from "../../src/redis/client.js";
import { script } from "../../src/redis/scripts/script.js";

const GET = script("return 1");
const after = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis));

/** A Redis that answers `millis` after it was asked, and a question that takes so many answers. */
function asked(millis: number, answers: number) {
  const redis: Run = () => after(millis);
  const made = new Answers(redis, systemClock, 1_000);
  const question = async () => {
    for (let n = 0; n < answers; n++) await made.run(GET, [], []);
    return "done";
  };
  return made.wait(question()).catch((error) => `${error.code}: ${error.message}`);
}

describe("a question", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("may take longer than the timeout, as long as there is an answer now and then", async () => {
    const told = asked(900, 5);
    await vi.advanceTimersByTimeAsync(4_500);
    expect(await told).toBe("done");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("fails when nothing is answered for the timeout, from when it was asked", async () => {
    const told = asked(1_200, 5);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(await told).toBe("SOURCE_FAILED: Redis: no answer within 1000 ms");
  });

  it("fails as Redis does", async () => {
    const answers = new Answers(() => Promise.reject(new Error("READONLY")), systemClock, 1_000);
    await expect(answers.wait(answers.run(GET, [], []))).rejects.toMatchObject({
      code: "SOURCE_FAILED",
      message: "Redis: READONLY",
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is answered by what came while the event loop was blocked", async () => {
    const answers = new Answers(async () => "value", systemClock, 1_000);
    let arrive = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    // As sockets are: read after the timers that are due.
    setTimeout(() => setImmediate(arrive), 1_000);
    const told = answers.wait(arrived.then(() => answers.run(GET, [], [])));
    await vi.advanceTimersByTimeAsync(1_001);
    expect(await told).toBe("value");
  });
});
