// What is needed of an MCP server, by either generation of the SDK. Described by shape: the SDK is nowhere imported, so it
// need not be there, and its versions do not matter.

/** A listed resource: what a client may read. */
export interface ListedResource {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
}
export interface ResourceContents {
  readonly contents: { readonly uri: string; readonly mimeType: string; readonly text: string }[];
}
export interface ToolResult {
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly isError?: true;
}

/** `McpServer` of `@modelcontextprotocol/sdk` 1.x and of `@modelcontextprotocol/server` 2.x. */
export interface McpServerLike {
  registerResource(name: string, uri: unknown, config: unknown, read: unknown): unknown;
  registerTool(name: string, config: unknown, run: unknown): unknown;
  isConnected(): boolean;
  readonly server: {
    registerCapabilities(capabilities: { readonly resources: { readonly subscribe: true } }): void;
    setRequestHandler(request: unknown, handle: unknown): unknown;
    sendResourceUpdated(of: { uri: string }): Promise<void>;
    sendResourceListChanged(): Promise<void>;
    getNegotiatedProtocolVersion?(): string | undefined;
    onclose?: (() => void) | undefined;
  };
}
/** The SDK's class of this name. */
export type ResourceTemplateClass = new (
  uri: string,
  callbacks: { list: () => Promise<{ resources: ListedResource[] }> },
) => unknown;

/** From this revision on, what a client wants to hear of is not asked of the server but of the SDK around it. */
const LISTENING = "2026-07-28";

export function isListening({ server }: McpServerLike): boolean {
  return (server.getNegotiatedProtocolVersion?.() ?? "") >= LISTENING;
}

/** An error with a JSON-RPC code, which both generations hand on. */
export class RequestError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** Of revisions before 2026-07-28; SDK 2 writes -32602 in its place where the revision wants that. */
export const NOT_FOUND = -32002;
export const INVALID_PARAMS = -32602;
