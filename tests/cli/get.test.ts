import { describe, expect, it } from "vitest";
import { invoke, serve } from "./invoke.js";

async function filled() {
  const served = await serve();
  const { progress } = served.test;
  const op = progress.start("import", {
    id: "job/7",
    name: "Nightly \u001b[2Jimport",
    description: "for\u0007 Friday",
  });
  for (const name of ["a.csv", "b.csv", "c.csv"]) op.startLevel("file", { name, total: 10 }).increment(4);
  return served;
}

describe("get", () => {
  it("tells everything about an operation, and the levels below it", async () => {
    await using served = await filled();
    const { code, stdout, stderr } = await invoke(["get", "job/7", "--levels", "1"], { env: served.env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^import: "Nightly {1,2}(\[2J)?import" \(ID: job\/7\)\n {2}Status: Running \(40%, 0 of 3 parts/,
    );
    expect(stdout).toContain("\n  Description: for  Friday\n");
    expect(stdout).toContain("\n  file 1/3: a.csv (ID: ");
    expect(stdout).toContain("\n  and 2 more: 2 running\n");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("gives programs the complete snapshot", async () => {
    await using served = await filled();
    const { stdout } = await invoke(["get", "job/7", "-f", "json"], { env: served.env });
    expect(JSON.parse(stdout)).toEqual(await (await fetch(`${served.server.url}/operations/job%2F7`)).json());
  });

  it("says what is not known there, and what was probably meant", async () => {
    await using served = await filled();
    expect(await invoke(["get", "job/8"], { env: served.env })).toEqual({
      code: 5,
      stdout: "",
      stderr: `otel-progress: ${served.server.url} has no operation "job/8". Did you mean job/7?\n`,
    });
    expect((await invoke(["get", "else"], { env: served.env })).stderr).toMatch(
      /http:\/\/[\d.:]+ has no operation "else"\n$/,
    );
  });

  it("wants exactly one id", async () => {
    expect(await invoke(["get"])).toMatchObject({ code: 2, stderr: expect.stringContaining("say which operation") });
    expect(await invoke(["get", "a", "b"])).toMatchObject({ code: 2, stderr: expect.stringContaining('"b" is more') });
  });
});
