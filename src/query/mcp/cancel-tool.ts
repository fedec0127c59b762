// The one way an MCP client may do something to operations: ask for their cancellation. Only where it was opted in.

import { ProgressError } from "../../errors.js";
import { singleLine } from "../../format.js";
import type { OperationSource } from "../../model.js";
import type { McpServerLike, ToolResult } from "./server.js";

/** `z` of zod, version 3 or 4; SDK 2 needs version 4. */
export interface ZodLike {
  object(shape: Record<string, unknown>): unknown;
  string(): ZodTextLike;
}
interface ZodTextLike {
  max(length: number): ZodTextLike;
  describe(text: string): ZodTextLike;
  optional(): unknown;
}

const MAX_ID = 256;
const MAX_REASON = 1_000;

/** Throws ProgressError INVALID_OPTION when the source cannot be asked for that. */
export function registerCancelTool(server: McpServerLike, source: OperationSource, z: ZodLike): void {
  if (source.requestCancel === undefined || !source.capabilities.includes("control"))
    throw new ProgressError("INVALID_OPTION", "control: this source cannot ask for cancellation");
  const inputSchema = z.object({
    id: z.string().max(MAX_ID).describe("The id of the operation, as in progress://operations"),
    reason: z.string().max(MAX_REASON).describe("Why, for people").optional(),
  });
  const config = {
    title: "Cancel an operation",
    description: "Asks a running operation to stop. The work decides how it ends; read the operation to see.",
    inputSchema,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  };
  server.registerTool("cancel_operation", config, ({ id, reason }: { id: string; reason?: string }) =>
    cancel(source, id, reason),
  );
}

async function cancel(source: OperationSource, id: string, reason: string | undefined): Promise<ToolResult> {
  if (await source.requestCancel?.(id, reason)) return answer(`Cancellation of ${quoted(id)} is requested.`);
  const status = (await source.get(id))?.status;
  const why = status === undefined ? `Nothing is known of ${quoted(id)}.` : `${quoted(id)} is ${status} already.`;
  return { ...answer(why), isError: true };
}

const quoted = (id: string): string => `"${singleLine(id)}"`;
const answer = (text: string): ToolResult => ({ content: [{ type: "text", text }] });
