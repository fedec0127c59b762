// Operations as resources of an MCP server, for agents that ask: a list, each operation as data, each as a text. Read-only,
// unless a tool that asks for cancellation is wanted.

import { ProgressError } from "../../errors.js";
import { singleLine } from "../../format.js";
import type { Duration, OperationSource, Snapshot } from "../../model.js";
import { createRedactor, type Redact, type RedactSnapshot } from "../redact.js";
import { formatReport } from "../report.js";
import { registerCancelTool, type ZodLike } from "./cancel-tool.js";
import { describe } from "./description.js";
import {
  type ListedResource,
  type McpServerLike,
  NOT_FOUND,
  RequestError,
  type ResourceContents,
  type ResourceTemplateClass,
} from "./server.js";
import { serveSubscriptions } from "./subscriptions.js";
import { idOf, OPERATION_TEMPLATE, OPERATIONS, operationUri, REPORT_TEMPLATE, reportUri } from "./uris.js";

export interface ProgressResourcesOptions {
  /** The class of this name from the SDK that the server is of. */
  readonly ResourceTemplate: ResourceTemplateClass;
  /**
   * Who tells clients of changes. "server": this server, for as long as its connection lasts (stdio; sessions over HTTP).
   * "handler": a `createMcpHandler` that makes a server for every request; pass its `notify` to `publishChanges`. "none": nobody.
   * @default "server" if the source can be watched, else "none"
   */
  readonly changes?: "server" | "handler" | "none" | undefined;
  /** With SDK 1 and `changes: "server"`: `[SubscribeRequestSchema, UnsubscribeRequestSchema]` from its `types.js`. */
  readonly subscriptions?: readonly [subscribe: unknown, unsubscribe: unknown] | undefined;
  /** Shortest time between two notifications about one resource. @default "1s" */
  readonly interval?: Duration | undefined;
  /** Operations listed at most, those that changed last. @default 50 */
  readonly limit?: number | undefined;
  /** Attributes as clients may see them. @default all */
  readonly redact?: Redact | undefined;
  /** Adds a tool, `cancel_operation`, that requests cancellation. Its arguments are described with your `zod`. @default none: read-only */
  readonly control?: { readonly z: ZodLike } | undefined;
  /** Told when the source fails while changes are followed. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const JSON_TYPE = "application/json";
const TEXT_TYPE = "text/plain";
const LIMIT = 50;

/**
 * Registers `progress://operations` (what runs and what ended last), `progress://operations/{id}` (one with its levels; both in
 * the format of the HTTP side) and `progress://reports/{id}` (the same as text). To be called before the server is connected.
 * Returns what stops telling of changes; the end of the connection does too. Throws ProgressError INVALID_OPTION for options
 * that do not fit the server or the source.
 */
export function progressResources(
  server: McpServerLike,
  source: OperationSource,
  options: ProgressResourcesOptions,
): () => void {
  const { changes = source.capabilities.includes("watch") ? "server" : "none", limit = LIMIT } = options;
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new ProgressError("INVALID_OPTION", `limit: expected a whole number from 1, received ${limit}`);
  const redact = createRedactor(options.redact);
  const list = async () =>
    (await source.list({ sort: "updated", limit, levels: false })).map((each) => redact({ ...each, levels: [] }));
  if (options.control !== undefined) registerCancelTool(server, source, options.control.z);
  if (changes !== "none") server.server.registerCapabilities({ resources: { subscribe: true } });
  registerList(server, list);
  registerOperations(server, source, list, options.ResourceTemplate, redact);
  return changes === "server" ? serveSubscriptions(server, source, options) : () => {};
}

type List = () => Promise<readonly Snapshot[]>;

function registerList(server: McpServerLike, list: List): void {
  const config = {
    title: "Operations",
    description: "What is under way and what ended last, the latest change first; without their levels.",
    mimeType: JSON_TYPE,
  };
  server.registerResource("operations", OPERATIONS, config, async () =>
    contents(OPERATIONS, JSON_TYPE, JSON.stringify({ operations: await list() })),
  );
}

function registerOperations(
  server: McpServerLike,
  source: OperationSource,
  list: List,
  ResourceTemplate: ResourceTemplateClass,
  redact: RedactSnapshot,
): void {
  const find = async (uri: URL): Promise<Snapshot> => {
    const id = idOf(uri.href);
    const found = id === undefined ? undefined : await source.get(id);
    if (found === undefined) throw new RequestError(NOT_FOUND, "nothing is known of this operation", { uri: uri.href });
    return redact(found);
  };
  const template = (uri: string, resourceOf: (snapshot: Snapshot) => ListedResource) =>
    new ResourceTemplate(uri, { list: async () => ({ resources: (await list()).map(resourceOf) }) });
  const data = { title: "An operation", description: "Its state, numbers and levels.", mimeType: JSON_TYPE };
  const report = {
    title: "An operation as text",
    description: "The tree of its levels, to read.",
    mimeType: TEXT_TYPE,
  };
  server.registerResource("operation", template(OPERATION_TEMPLATE, listed), data, async (uri: URL) =>
    contents(uri.href, JSON_TYPE, JSON.stringify(await find(uri))),
  );
  server.registerResource("operation-report", template(REPORT_TEMPLATE, listedReport), report, async (uri: URL) =>
    contents(uri.href, TEXT_TYPE, formatReport(await find(uri))),
  );
}

function listed(snapshot: Snapshot): ListedResource {
  return {
    uri: operationUri(snapshot.id),
    name: singleLine(`${snapshot.type} ${snapshot.id}`),
    title: singleLine(snapshot.name),
    description: describe(snapshot),
    mimeType: JSON_TYPE,
  };
}

function listedReport(snapshot: Snapshot): ListedResource {
  const { name, title, description } = listed(snapshot);
  return {
    uri: reportUri(snapshot.id),
    name: `report of ${name}`,
    title: `Report: ${title}`,
    description,
    mimeType: TEXT_TYPE,
  };
}

const contents = (uri: string, mimeType: string, text: string): ResourceContents => ({
  contents: [{ uri, mimeType, text }],
});
