import * as sdk1 from "@modelcontextprotocol/sdk/server/mcp.js";
import type * as sdk2 from "@modelcontextprotocol/server";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  isListening,
  type McpServerLike,
  RequestError,
  type ResourceTemplateClass,
} from "../../../src/query/mcp/server.js";

describe("an MCP server", () => {
  it("is of a type that both SDKs give, and so is their class of templates", () => {
    expectTypeOf<sdk1.McpServer>().toExtend<McpServerLike>();
    expectTypeOf<sdk2.McpServer>().toExtend<McpServerLike>();
    expectTypeOf<typeof sdk1.ResourceTemplate>().toExtend<ResourceTemplateClass>();
    expectTypeOf<typeof sdk2.ResourceTemplate>().toExtend<ResourceTemplateClass>();
  });

  it.each([
    [undefined, false],
    ["2025-06-18", false],
    ["2025-11-25", false],
    ["2026-07-28", true],
    ["2027-01-01", true],
  ])("at revision %s has its SDK know what clients listen to: %s", (revision, expected) => {
    expect(isListening({ server: { getNegotiatedProtocolVersion: () => revision } } as McpServerLike)).toBe(expected);
  });

  it("of SDK 1 does not say which revision it speaks: none that listens", () => {
    expect(isListening(new sdk1.McpServer({ name: "test", version: "1.0.0" }))).toBe(false);
  });

  it("answers with the code, the message and the data of an error", () => {
    expect(new RequestError(-32002, "unknown", { uri: "x" })).toMatchObject({
      code: -32002,
      message: "unknown",
      data: { uri: "x" },
    });
  });
});
