// A client and a server of SDK 1 in this process, linked by the SDK's own in-memory transport, for what needs no network.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { OperationSource } from "../../../src/model.js";
import { type ProgressResourcesOptions, progressResources } from "../../../src/query/mcp/resources.js";

export interface Linked {
  readonly server: McpServer;
  readonly client: Client;
  /** URIs of which a change was told; "list" for the list. */
  readonly told: string[];
  /** What `progressResources` gave. */
  readonly stop: () => void;
}

export const OF_SDK_1: ProgressResourcesOptions = {
  ResourceTemplate,
  subscriptions: [SubscribeRequestSchema, UnsubscribeRequestSchema],
  interval: 0,
};

export function createServer(): McpServer {
  return new McpServer({ name: "test", version: "1.0.0" });
}

export async function linked(
  source: OperationSource,
  options: Partial<ProgressResourcesOptions> = {},
  server: McpServer = createServer(),
): Promise<Linked> {
  const client = new Client({ name: "test", version: "1.0.0" });
  const told: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void told.push(params.uri));
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void told.push("list"));
  const stop = progressResources(server, source, { ...OF_SDK_1, ...options });
  const [up, down] = InMemoryTransport.createLinkedPair();
  await server.connect(up);
  await client.connect(down);
  return { server, client, told, stop };
}
