// What a tool handler is given beside its arguments, by either generation of the MCP SDK, as far as it is needed here.
// Described by shape: the SDK is nowhere imported, so it need not be there, and its versions do not matter.

/** `_meta` of a request. Of unknown origin: what it holds is checked where it is used. */
export interface RequestMeta {
  readonly progressToken?: string | number | undefined;
  readonly [key: string]: unknown;
}
export interface ProgressNotification {
  readonly method: "notifications/progress";
  readonly params: { progressToken: string | number; progress: number; total?: number; message?: string };
}
/** `@modelcontextprotocol/sdk` 1.x: `extra`, the last argument of a handler. */
interface RequestOf1 {
  readonly _meta?: RequestMeta | undefined;
  readonly signal: AbortSignal;
  sendNotification(notification: ProgressNotification): Promise<void>;
}
/** `@modelcontextprotocol/server` 2.x: `ctx`, the last argument of a handler. */
interface RequestOf2 {
  readonly mcpReq: {
    readonly _meta?: RequestMeta | undefined;
    readonly signal: AbortSignal;
    notify(notification: ProgressNotification): Promise<void>;
  };
}
/** The last argument of a tool handler: `extra` in SDK 1, `ctx` in SDK 2. */
export type ToolRequest = RequestOf1 | RequestOf2;

/** The same for both. */
export interface Request {
  readonly meta: RequestMeta;
  readonly signal: AbortSignal;
  notify(notification: ProgressNotification): Promise<void>;
}

/** Undefined for what is no request: somebody passed the arguments of the tool, for one. */
export function readRequest(given: ToolRequest): Request | undefined {
  const request = (given as Partial<RequestOf2> | undefined)?.mcpReq ?? (given as RequestOf1 | undefined);
  if (!(request?.signal instanceof AbortSignal)) return undefined;
  const send = "notify" in request ? request.notify : request.sendNotification;
  if (typeof send !== "function") return undefined;
  const { _meta: meta, signal } = request;
  return { meta: meta ?? {}, signal, notify: (notification) => send.call(request, notification) };
}

/** The token to report progress by; undefined when the client does not want to hear of it. */
export function progressTokenOf({ progressToken }: RequestMeta): string | number | undefined {
  return typeof progressToken === "string" || Number.isInteger(progressToken) ? progressToken : undefined;
}
