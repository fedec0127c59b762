// Calls the tool of examples/mcp-server.mjs as an agent would: shows its progress, asks what runs, cancels with Ctrl-C.
//
//   node examples/mcp-client.mjs             hashes the repository's own node_modules
//   node examples/mcp-client.mjs FOLDER

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL("../node_modules", import.meta.url)));
const server = fileURLToPath(new URL("mcp-server.mjs", import.meta.url));
const client = new Client({ name: "example", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
await client.connect(new StdioClientTransport({ command: process.execPath, args: [server] }));
console.log(`Connected, protocol revision ${client.getNegotiatedProtocolVersion()}.`);

const cancel = new AbortController();
process.once("SIGINT", () => cancel.abort("Ctrl-C"));
let told = 0;
try {
  const result = await client.callTool(
    { name: "hash_folder", arguments: { folder } },
    {
      signal: cancel.signal,
      // As long as it tells of progress, the call goes on.
      resetTimeoutOnProgress: true,
      onprogress({ progress, total, message = "" }) {
        const percent = total === undefined ? "" : `${Math.floor((100 * progress) / total)} %`;
        console.log(percent.padStart(5), message);
        if (++told === 4) void ask();
      },
    },
  );
  console.log(result.content[0].text);
} catch (error) {
  if (!cancel.signal.aborted) throw error;
  console.log("Cancelled.");
}
await ask();
await client.close();

/** What an agent does that wants to know what is going on. */
async function ask() {
  const { resources } = await client.listResources();
  const report = resources.find(({ uri }) => uri.startsWith("progress://reports/"));
  const { contents } = await client.readResource({ uri: report.uri });
  console.log(`\n${contents[0].text}\n`);
}
