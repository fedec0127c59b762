// Real MCP clients of both generations of the SDK, connected to tests/applications/mcp-app.mjs in a process of its own, over
// stdio or HTTP. Both speak the same few sentences here, and keep what came in.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as sdk2 from "@modelcontextprotocol/client";
import * as stdio2 from "@modelcontextprotocol/client/stdio";
import * as sdk1 from "@modelcontextprotocol/sdk/client/index.js";
import * as stdio1 from "@modelcontextprotocol/sdk/client/stdio.js";
import * as http1 from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CallToolResultSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { type Installation, installPackage } from "../services/application.js";

type Generation = "sdk1" | "sdk2";
/** What a client speaks: `now` negotiates 2026-07-28 where the server knows it, `before` never does. */
type Revision = "before" | "now";
export interface Setting {
  readonly server: Generation;
  readonly client: Generation;
  readonly revision: Revision;
  readonly transport: "stdio" | "http";
}

export interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}
interface CallOptions {
  readonly onprogress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}
interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}
/** One connected client. */
export interface Connection {
  readonly revision: string | undefined;
  /** All that came in, in order. */
  readonly messages: readonly Message[];
  /** URIs of which a change was told; "list" for the list. */
  readonly updated: readonly string[];
  /** What the server says on stderr. */
  readonly said: () => string;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<string>;
  tools(): Promise<string[]>;
  list(): Promise<{ uri: string; title?: string | undefined; description?: string | undefined }[]>;
  templates(): Promise<string[]>;
  read(uri: string): Promise<string>;
  subscribe(uri: string): Promise<unknown>;
  /** The client goes, without a word about what is under way. */
  leave(): Promise<void>;
  /** The client and the server go. */
  close(): Promise<void>;
}

const PACKAGES = ["@modelcontextprotocol", "zod"];

/** The package as an application has it, beside both SDKs. */
export function installApplication(others: readonly string[] = []): Installation {
  const installation = installPackage(["mcp-app.mjs", ...others]);
  for (const name of PACKAGES) {
    const target = fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url));
    symlinkSync(target, join(installation.folder, "node_modules", name));
  }
  return installation;
}

export async function connect(setting: Setting, folder: string): Promise<Connection> {
  return setting.transport === "stdio" ? connectStdio(setting, folder) : connectHttp(setting, folder);
}

async function connectStdio(setting: Setting, folder: string): Promise<Connection> {
  const parameters = {
    command: process.execPath,
    args: [join(folder, "mcp-app.mjs"), setting.server, "stdio"],
    stderr: "pipe" as const,
  };
  const { StdioClientTransport } = setting.client === "sdk1" ? stdio1 : stdio2;
  const transport = new StdioClientTransport(parameters);
  let said = "";
  transport.stderr?.on("data", (text) => {
    said += text;
  });
  return opened(setting, transport, () => said);
}

async function connectHttp(setting: Setting, folder: string): Promise<Connection> {
  const server = spawn(process.execPath, [join(folder, "mcp-app.mjs"), setting.server, "http"]);
  let said = "";
  server.stderr.on("data", (text) => {
    said += text;
  });
  const [port] = await once(createInterface(server.stdout), "line");
  const url = new URL(`http://127.0.0.1:${port}/mcp`);
  const { StreamableHTTPClientTransport } = setting.client === "sdk1" ? http1 : sdk2;
  const connection = await opened(setting, new StreamableHTTPClientTransport(url), () => said);
  return { ...connection, close: () => connection.close().then(() => ended(server)) };
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  server.kill();
  await once(server, "exit");
}

type AnyTransport = { onmessage?: ((...message: never[]) => void) | undefined };

/** Keeps a copy of every message before the client sees it. */
function recorded(transport: AnyTransport): Message[] {
  const messages: Message[] = [];
  const before = transport.onmessage as ((...message: unknown[]) => void) | undefined;
  transport.onmessage = (...message: unknown[]) => {
    messages.push(message[0] as Message);
    before?.(...message);
  };
  return messages;
}

async function opened(setting: Setting, transport: unknown, said: () => string): Promise<Connection> {
  const connection = setting.client === "sdk1" ? await openedBy1(transport) : await openedBy2(setting, transport);
  return { ...connection, leave: connection.close, messages: recorded(transport as AnyTransport), said };
}

type Opened = Omit<Connection, "messages" | "said" | "leave">;
const textOf = (result: unknown): string => {
  const { content, isError } = result as { content: { text: string }[]; isError?: boolean };
  if (isError) throw new Error(content[0]!.text);
  return content[0]!.text;
};
const textsOf = ({ contents }: { contents: unknown[] }): string => (contents as { text: string }[])[0]!.text;

async function openedBy1(transport: unknown): Promise<Opened> {
  const client = new sdk1.Client({ name: "test", version: "1.0.0" });
  const updated: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void updated.push(params.uri));
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void updated.push("list"));
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  return {
    revision: undefined,
    updated,
    call: async (name, args = {}, options = {}) =>
      textOf(await client.callTool({ name, arguments: args }, CallToolResultSchema, options)),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    list: async () => (await client.listResources()).resources,
    templates: async () => (await client.listResourceTemplates()).resourceTemplates.map((each) => each.uriTemplate),
    read: async (uri) => textsOf(await client.readResource({ uri })),
    subscribe: (uri) => client.subscribeResource({ uri }),
    close: () => client.close(),
  };
}

async function openedBy2({ revision }: Setting, transport: unknown): Promise<Opened> {
  const mode = revision === "now" ? "auto" : "legacy";
  const client = new sdk2.Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
  const updated: string[] = [];
  client.setNotificationHandler("notifications/resources/updated", ({ params }) => void updated.push(params.uri));
  client.setNotificationHandler("notifications/resources/list_changed", () => void updated.push("list"));
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  const negotiated = client.getNegotiatedProtocolVersion();
  return {
    revision: negotiated,
    updated,
    call: async (name, args = {}, options = {}) => textOf(await client.callTool({ name, arguments: args }, options)),
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    list: async () => (await client.listResources()).resources,
    templates: async () => (await client.listResourceTemplates()).resourceTemplates.map((each) => each.uriTemplate),
    read: async (uri) => textsOf(await client.readResource({ uri })),
    subscribe: async (uri) =>
      negotiated === "2026-07-28"
        ? (await client.listen({ resourceSubscriptions: [uri], resourcesListChanged: true })).honoredFilter
        : client.subscribeResource({ uri }),
    close: () => client.close(),
  };
}
