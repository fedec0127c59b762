import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { UsageError } from "../../src/cli/command.js";
import { openRedis } from "../../src/cli/redis-place.js";
import { invoke } from "./invoke.js";

/** A port at which nothing listens: one that was taken and given back. */
async function desertedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it("a Redis that is not there is said to be none, without its password, and not waited for", async () => {
  const port = await desertedPort();
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
