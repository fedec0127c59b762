import { describe, expect, it } from "vitest";
import { z } from "zod";
import * as z3 from "zod/v3";
import type { ProgressResourcesOptions } from "../../../src/query/mcp/resources.js";
import { createTestProgress } from "../../../src/testing.js";
import { sourceOf } from "../source.js";
import { linked } from "./linked.js";

const KINDS: [string, ProgressResourcesOptions["control"]][] = [
  ["3", { z: z3.z }],
  ["4", { z }],
];

describe("the tool that requests cancellation", () => {
  it("is there only for who opted in", async () => {
    const { client } = await linked(createTestProgress().progress.live);
    expect(client.getServerCapabilities()!.tools).toBeUndefined();
  });

  it.each(KINDS)("says what it takes, with zod %s", async (_version, control) => {
    const { client } = await linked(createTestProgress().progress.live, { control });
    const [tool] = (await client.listTools()).tools;
    expect(tool).toMatchObject({
      name: "cancel_operation",
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
      inputSchema: {
        properties: { id: { type: "string", maxLength: 256 }, reason: { type: "string", maxLength: 1_000 } },
        required: ["id"],
      },
    });
  });

  it("asks, and says what came of it", async () => {
    const t = createTestProgress();
    const op = t.progress.start("job", { id: "a" });
    const { client } = await linked(t.progress.live, { control: { z } });
    const ask = async (id: string) => {
      const { content, isError } = await client.callTool({
        name: "cancel_operation",
        arguments: { id, reason: "slow" },
      });
      return [(content as { text: string }[])[0]!.text, isError ?? false];
    };
    expect(await ask("a")).toEqual(['Cancellation of "a" is requested.', false]);
    expect(op.signal.aborted).toBe(true);
    expect(op.snapshot()).toMatchObject({ status: "running", cancelRequested: { reason: "slow" } });
    op.cancel("slow");
    expect(await ask("a")).toEqual(['"a" is cancelled already.', true]);
    expect(await ask("b\u001b[2J")).toEqual(['Nothing is known of "b".', true]);
  });

  it("is refused at set-up for a source that cannot be asked", async () => {
    await expect(linked(sourceOf([]), { control: { z } })).rejects.toThrow("control: this source cannot");
  });
});
