// An MCP server over stdio whose one tool does real work: hashes every file of a folder. The client is told how far it is,
// may cancel it, and may ask for whatever runs (resources "progress://operations" and below).
//
//   node examples/mcp-client.mjs FOLDER      starts it and calls the tool; or name it to any MCP client:
//   node examples/mcp-server.mjs

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { defineOperation, progress } from "otel-progress";
import { progressResources, toolOperation } from "otel-progress/mcp";
import { z } from "zod";

const hashFolder = defineOperation("folder.hash", {
  stages: { scan: [0, 5], hash: { range: [5, 100], unit: "By" } },
});

// Ctrl-C in the terminal is for the client to act upon. This process ends when its client closes the connection.
process.on("SIGINT", () => {});

/** With SDK 1: `extra` in place of `ctx`, and `new StdioServerTransport()` in place of `serveStdio`. */
serveStdio(() => {
  const server = new McpServer({ name: "hashing", version: "1.0.0" });
  progressResources(server, progress.live, { ResourceTemplate, control: { z } });
  server.registerTool(
    "hash_folder",
    {
      title: "Hash a folder",
      description: "One SHA-256 over the names and contents of all files below a folder.",
      inputSchema: z.object({ folder: z.string() }),
    },
    ({ folder }, ctx) => toolOperation(ctx, hashFolder, { name: `Hash ${folder}` }, (op) => hash(folder, op)),
  );
  return server;
});

async function hash(folder, op) {
  const files = await op.stage("scan", () => scan(folder));
  const all = createHash("sha256");
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  await op.stage("hash", { total: bytes }, async (stage) => {
    for (const { path, size } of files) {
      const digest = createHash("sha256");
      op.message(relative(folder, path));
      // The signal of the operation: aborted when the client cancels.
      await pipeline(createReadStream(path), stage.trackStream({ total: bytes }), digest, { signal: op.signal });
      all.update(`${relative(folder, path)} ${size} ${digest.digest("hex")}\n`);
    }
  });
  const text = `${files.length} files, ${bytes} bytes: ${all.digest("hex")}`;
  op.complete(text);
  return { content: [{ type: "text", text }] };
}

async function scan(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.sort().map(async (path) => ({ path, size: (await stat(path)).size })));
}
