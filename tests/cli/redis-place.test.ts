import { expect, it } from "vitest";
import { UsageError } from "../../src/cli/command.js";
import { openRedis } from "../../src/cli/redis-place.js";
import { ownPort } from "../services/own-port.js";
import { invoke } from "./invoke.js";

it("a Redis that is not there is said to be none, without its password, and not waited for", async () => {
  const port = await ownPort();
  expect(await invoke(["list", "--redis", `redis://user:secret@127.0.0.1:${port}`])).toEqual({
    code: 3,
    stdout: "",
    stderr: expect.stringMatching(
      new RegExp(`^otel-progress: the fleet at redis://127\\.0\\.0\\.1:${port} cannot be reached: .*ECONNREFUSED.*\n$`),
    ),
  });
});

it("what is no address of one is refused", async () => {
  const none = { prefix: undefined, lease: undefined };
  for (const url of ["localhost", "http://localhost", "redis"])
    await expect(openRedis({ url, ...none })).rejects.toThrowError(UsageError);
  const wrong = openRedis({ url: "redis://localhost", prefix: undefined, lease: "soon" });
  await expect(wrong).rejects.toMatchObject({ code: "INVALID_OPTION", message: expect.stringContaining("lease") });
});
