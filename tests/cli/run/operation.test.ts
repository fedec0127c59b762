// In this process, so only with programs that say nothing; with others see ../run.test.ts.

import { type ProxyTracerProvider, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it, vi } from "vitest";
import { invoke } from "../invoke.js";

const NODE = process.execPath;
afterEach(() => vi.restoreAllMocks());

describe("the exit code", () => {
  const run = (...words: string[]) => invoke(["run", "--no-parse", ...words]);

  it.each([0, 1, 2, 77, 255])("is that of the program: %i", async (code) => {
    expect(await run("--", NODE, "-e", `process.exitCode = ${code}`)).toEqual({ code, stdout: "", stderr: "" });
  });

  it("is 127 for one that is not there, and 126 for one that is none", async () => {
    expect(await run("/nowhere")).toEqual({ code: 127, stdout: "", stderr: "otel-progress: /nowhere: not found\n" });
    expect(await run(process.cwd())).toMatchObject({ code: 126 });
  });

  it("is 125 when the command line is wrong", async () => {
    const { code, stderr } = await run();
    expect([code, stderr]).toEqual([125, "otel-progress: a command is missing\nMore: otel-progress run --help\n"]);
    expect(await run("--total", "many", "x")).toMatchObject({ code: 125 });
    expect(await invoke(["run", "--unknown", "x"])).toMatchObject({ code: 125 });
  });

  it("is 125 when the file for our lines cannot be opened, before an export is begun that would keep us", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
    expect(await invoke(["run", "--output", "/nowhere/log", "x"], { env })).toMatchObject({ code: 125 });
    expect((trace.getTracerProvider() as ProxyTracerProvider).getDelegateTracer("any")).toBeUndefined();
  });

  it("is 124 when it took too long", async () => {
    expect(await run("--timeout", "50ms", "--", NODE, "-e", "setInterval(() => {}, 1000)")).toMatchObject({
      code: 124,
    });
  });

  it("is 128 + its number after a signal, and we end by it too if it asks for the end", async () => {
    const kill = vi.spyOn(process, "kill").mockReturnValue(true);
    const dying = (signal: string) => run("--", NODE, "-e", `process.kill(process.pid, "${signal}")`);
    expect(await dying("SIGKILL")).toMatchObject({ code: 137 });
    expect(kill).not.toHaveBeenCalled();
    expect(await dying("SIGTERM")).toMatchObject({ code: 143 });
    expect(kill.mock.calls).toEqual([[process.pid, "SIGTERM"]]);
  });
});
