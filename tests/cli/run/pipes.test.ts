import { closeSync, fstatSync, mkdtempSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makePipes } from "../../../src/cli/run/pipes.js";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "otel-progress-pipes-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(scratch, { recursive: true, force: true });
});

it.runIf(process.platform !== "win32")("what goes in comes out, until its last end is closed", async () => {
  for (const { input, output } of makePipes(2)) {
    expect(fstatSync(input).isFIFO()).toBe(true);
    writeSync(input, "from the program");
    closeSync(input);
    expect(await text(output)).toBe("from the program");
  }
});

it("nothing of it is left in the folder for temporary files", () => {
  vi.stubEnv("TMPDIR", scratch);
  const pipes = makePipes(1);
  expect(readdirSync(scratch)).toEqual([]);
  for (const { input, output } of pipes) {
    output.destroy();
    closeSync(input);
  }
});

it("none are made where none are wanted", () => {
  expect(makePipes(0)).toEqual([]);
});

it("where none can be made there are none: Node's are used", () => {
  vi.stubEnv("PATH", scratch);
  expect(makePipes(2)).toEqual([]);
  vi.unstubAllEnvs();
  vi.spyOn(process, "platform", "get").mockReturnValue("win32");
  expect(makePipes(2)).toEqual([]);
});
