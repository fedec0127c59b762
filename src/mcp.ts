// otel-progress/mcp: progress for MCP clients, in tool calls and as resources. Works with both generations of the TypeScript
// SDK, and imports neither.

export type { ToolRequest } from "./instrumentation/mcp/request.js";
export {
  createToolOperation,
  type ToolOperation,
  type ToolOperationOptions,
  toolOperation,
} from "./instrumentation/mcp/tool-operation.js";
export type { ZodLike } from "./query/mcp/cancel-tool.js";
export { type ChangeNotifier, type PublishOptions, publishChanges } from "./query/mcp/changes.js";
export { type ProgressResourcesOptions, progressResources } from "./query/mcp/resources.js";
export type { McpServerLike, ResourceTemplateClass } from "./query/mcp/server.js";
