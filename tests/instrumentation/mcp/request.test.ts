import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import type { ServerContext } from "@modelcontextprotocol/server";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type ProgressNotification,
  progressTokenOf,
  readRequest,
  type ToolRequest,
} from "../../../src/instrumentation/mcp/request.js";

const { signal } = new AbortController();
const note: ProgressNotification = { method: "notifications/progress", params: { progressToken: 1, progress: 1 } };

describe("what a tool handler is given", () => {
  it("is of a type that both SDKs give", () => {
    expectTypeOf<RequestHandlerExtra<ServerRequest, ServerNotification>>().toExtend<ToolRequest>();
    expectTypeOf<ServerContext>().toExtend<ToolRequest>();
  });

  it("is read from either, and sends by its own method", async () => {
    const sent: unknown[] = [];
    const of1 = {
      _meta: { progressToken: 1 },
      signal,
      async sendNotification(this: unknown, given: unknown) {
        sent.push([this === of1, given]);
      },
    };
    const mcpReq = {
      _meta: { progressToken: "2" },
      signal,
      async notify(this: unknown, given: unknown) {
        sent.push([this === mcpReq, given]);
      },
    };
    for (const given of [of1, { mcpReq }] as ToolRequest[]) {
      const request = readRequest(given)!;
      expect(request.signal).toBe(signal);
      await request.notify(note);
    }
    expect([readRequest(of1)!.meta, readRequest({ mcpReq })!.meta]).toEqual([
      { progressToken: 1 },
      { progressToken: "2" },
    ]);
    expect(sent).toEqual([
      [true, note],
      [true, note],
    ]);
  });

  it.each([[undefined], [null], ["text"], [{}], [{ signal }], [{ signal: 1, notify: () => {} }], [{ mcpReq: {} }]])(
    "is not %j",
    (given) => {
      expect(readRequest(given as unknown as ToolRequest)).toBeUndefined();
    },
  );

  it.each([
    ["a", "a"],
    ["", ""],
    [0, 0],
    [-3, -3],
    [1.5, undefined],
    [null, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])("a progress token %j is taken as %j", (given, token) => {
    expect(progressTokenOf({ progressToken: given as string })).toBe(token);
  });
});
