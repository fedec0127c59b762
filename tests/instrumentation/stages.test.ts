import { describe, expect, it, vi } from "vitest";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import type { ProgressEvent } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";

const clip = defineOperation("video.clip", {
  stages: { queued: [0, 5], downloading: [5, 25], analyzing: [25, 70], uploading: [70, 100] },
});
const weighted = defineOperation("weighted", { stages: { a: 1, b: { weight: 3, unit: "frame" } } });
/** Past the types, as with a status string from elsewhere. */
const loosely = (op: unknown) => op as Operation<string, string>;
const levelsOf = (op: { snapshot(): { levels: readonly { type: string; status: string }[] } }) =>
  op.snapshot().levels.map(({ type, status }) => `${type} ${status}`);

describe("stage", () => {
  it("runs its function, passes the result through, and moves through its range", async () => {
    await using test = createTestProgress();
    const shown: unknown[] = [];
    const result = await test.progress.operation(clip, { id: "a" }, async (op) => {
      const note = () => shown.push([op.snapshot().stage, op.snapshot().percentage]);
      note();
      op.stage("queued", () => note());
      note();
      await op.stage("downloading", { total: 4, unit: "By", attributes: { host: "h" } }, async (stage) => {
        note();
        stage.increment();
        note();
        expect(stage.snapshot()).toMatchObject({
          type: "downloading",
          total: 4,
          unit: "By",
          attributes: { host: "h" },
        });
      });
      note();
      return op.stage("analyzing", async (stage) => {
        stage.update({ percentage: 50 });
        note();
        return 7;
      });
    });
    expect(result).toBe(7);
    expect(shown).toEqual([
      [undefined, 0],
      ["queued", 0],
      ["queued", 5],
      ["downloading", 5],
      ["downloading", 10],
      ["downloading", 25],
      ["analyzing", 47.5],
    ]);
    expect(test.progress.live.get(clip, "a")).toMatchObject({
      status: "completed",
      percentage: 100,
      stage: "analyzing",
    });
  });

  it("that throws fails the stage, and the operation only if the error reaches it", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip);
    const error = new Error("x");
    expect(() =>
      op.stage("downloading", () => {
        throw error;
      }),
    ).toThrow(error);
    expect([op.snapshot().status, levelsOf(op)]).toEqual(["running", ["downloading failed"]]);
  });

  it("is the active level inside", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip);
    expect(op.stage("queued", () => test.progress.getActive()?.type)).toBe("queued");
  });

  it("with weights takes its share, and a unit from the definition", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(weighted);
    op.stage("a", () => {});
    expect(op.snapshot().percentage).toBe(25);
    op.stage("b", { total: 2 }, (stage) => {
      stage.increment();
      expect(stage.snapshot().unit).toBe("frame");
      expect(op.snapshot().percentage).toBe(62.5);
    });
  });

  it("wins over a total of the operation itself", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip, { total: 10 });
    op.increment(9);
    op.enterStage("downloading");
    expect(op.snapshot().percentage).toBe(5);
  });
});

describe("enterStage", () => {
  it("ends the stage before as completed, passes over those between, starts this one, and tells", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip);
    op.enterStage("queued");
    await test.advance("1s");
    op.enterStage("analyzing", { percentage: 40, message: "frame 4" });
    expect(op.snapshot()).toMatchObject({ stage: "analyzing", percentage: 43, message: "frame 4" });
    expect(levelsOf(op)).toEqual(["queued completed", "analyzing running"]);
    await test.advance(0);
    const stages = test.events.filter((event): event is ProgressEvent<"stage"> => event.event === "stage");
    expect(stages.map(({ stage, previous, time }) => [stage, previous, time.slice(17, 19)])).toEqual([
      ["queued", undefined, "00"],
      ["analyzing", "queued", "01"],
    ]);
  });

  it("of the running stage goes on in it", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip);
    op.enterStage("downloading", { percentage: 50 });
    op.enterStage("downloading", { percentage: 75 });
    op.enterStage("downloading", { message: "almost" });
    expect([levelsOf(op), op.snapshot().percentage, op.snapshot().message]).toEqual([
      ["downloading running"],
      20,
      "almost",
    ]);
  });

  it("leaves a stage alone whose function still runs", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip);
    let release = () => {};
    const running = op.stage("queued", () => new Promise<void>((resolve) => (release = resolve)));
    op.enterStage("downloading");
    expect(levelsOf(op)).toEqual(["queued running", "downloading running"]);
    release();
    await running;
    expect(levelsOf(op)).toEqual(["queued completed", "downloading running"]);
  });

  it("counts stages passed over as done, and never goes below what was shown when it goes back", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip);
    op.enterStage("uploading");
    expect(op.snapshot().percentage).toBe(70);
    op.enterStage("downloading");
    expect(op.snapshot()).toMatchObject({ stage: "downloading", percentage: 70, revised: true });
  });

  it("takes over from a percentage reported before", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip);
    op.update({ percentage: 3 });
    op.enterStage("downloading");
    expect(op.snapshot().percentage).toBe(5);
  });

  it("works from anywhere in the process, by id, with status strings that are checked", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip, { id: "job-1" });
    for (const text of ["downloading", "resting", "analyzing"])
      if (clip.isStage(text)) test.progress.handle(clip, "job-1")?.enterStage(text);
    expect([op.snapshot().stage, test.misuse()]).toEqual(["analyzing", []]);
  });

  it("of a new attempt begins at 0 again", async () => {
    await using test = createTestProgress();
    const op = test.progress.start(clip);
    op.enterStage("analyzing", { percentage: 50 });
    op.newAttempt();
    expect(op.snapshot()).toMatchObject({ percentage: 0, attempt: 2, levels: [] });
    expect(op.snapshot()).not.toHaveProperty("stage");
    op.enterStage("downloading");
    expect(op.snapshot().percentage).toBe(5);
  });

  it("a bad percentage is misuse; the stage is entered all the same", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start(clip);
    op.enterStage("downloading", { percentage: Number.NaN });
    expect([op.snapshot().stage, op.snapshot().percentage, test.misuse()]).toEqual([
      "downloading",
      5,
      ["INVALID_NUMBER"],
    ]);
  });
});

describe("a stage that does not exist", () => {
  it("is misuse: the function runs untracked, nothing moves, and the known stages are named", async () => {
    await using test = createTestProgress({ strict: false });
    const op = loosely(test.progress.start(clip, { id: "a" }));
    expect(op.stage("resting", (stage) => [stage.id, stage.operationId])).toEqual(["resting", "a"]);
    op.enterStage("resting", { percentage: 50, message: "zzz" });
    expect([op.snapshot().stage, op.snapshot().message, levelsOf(op)]).toEqual([undefined, undefined, []]);
    expect(test.misuse()).toEqual(["UNKNOWN_STAGE", "UNKNOWN_STAGE"]);
  });

  it("throws in strict mode before the function runs", async () => {
    await using test = createTestProgress();
    const fn = vi.fn();
    expect(() => loosely(test.progress.start(clip)).stage("resting", fn)).toThrow(
      expect.objectContaining({
        code: "UNKNOWN_STAGE",
        message: 'a stage of video.clip: expected queued, downloading, analyzing, uploading, received "resting"',
      }),
    );
    expect(fn).not.toHaveBeenCalled();
  });

  it("without a definition no stage exists", async () => {
    await using test = createTestProgress();
    expect(() => loosely(test.progress.start("job")).enterStage("a")).toThrow(
      'a stage of job: expected none: the operation has no definition with stages, received "a"',
    );
  });
});

it("after the end of the operation it is misuse, and the function still runs", async () => {
  await using test = createTestProgress({ strict: false });
  const op = test.progress.start(clip);
  op.complete();
  op.enterStage("downloading");
  expect([op.stage("queued", () => 5), test.misuse()]).toEqual([5, ["ENDED", "ENDED"]]);
});

it("over the limit of open levels it runs untracked, and the course stays where it was", async () => {
  await using test = createTestProgress({ limits: { openLevels: 1 } });
  const op = test.progress.start(clip);
  op.startLevel("queued" as never);
  expect(op.stage("downloading", () => 5)).toBe(5);
  op.enterStage("downloading", { percentage: 50 });
  expect([op.snapshot().stage, test.progress.live.stats().losses]).toEqual([undefined, { levels_refused: 2 }]);
});

it("gives up the stage it was in when it goes back, so that it can be entered again", async () => {
  await using test = createTestProgress();
  const op = test.progress.start(clip);
  op.enterStage("uploading", { percentage: 50 });
  op.enterStage("downloading");
  const uploading = op.snapshot().levels.find(({ type }) => type === "uploading");
  expect(uploading).toMatchObject({ status: "cancelled", reason: "back to downloading" });
  op.enterStage("uploading", { percentage: 60 });
  expect(
    op
      .snapshot()
      .levels.filter(({ status }) => status === "running")
      .map(({ type }) => type),
  ).toEqual(["uploading"]);
});

it("makes a stage opaque that is under way, unless it has said how far it is", async () => {
  await using test = createTestProgress();
  const [silent, counting] = [test.progress.start(clip), test.progress.start(clip)];
  for (const op of [silent, counting]) op.enterStage("downloading");
  counting.enterStage("downloading", { percentage: 10 });
  for (const op of [silent, counting]) op.enterStage("downloading", { simulate: { expected: "100s" } });
  await test.advance("50s");
  expect([silent.snapshot().estimated, counting.snapshot().estimated]).toEqual([true, undefined]);
});
