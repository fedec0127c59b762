// One operation, several programs: each child compresses one folder, and knows nothing of its parent. It is started with a carrier in
// its environment, so that its own operation is a part of the parent's: on the same bars, and in the same trace.
//
//   node examples/child-process.mjs [FOLDER...]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGzip } from "node:zlib";
import { progress } from "otel-progress";
import { consoleExporter } from "otel-progress/exporters";
import { formatReport } from "otel-progress/query";

const [mode, ...rest] = process.argv.slice(2);
if (mode === "--compress") await compressFolder(rest[0]);
else await compressAll(mode === undefined ? ["src", "tests", "docs"] : [mode, ...rest]);

/** What any program with progress of its own does. */
async function compressFolder(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const options = { name: `Compress ${basename(folder)}`, total: files.length, unit: "file" };
  await progress.operation("compress", options, async (op) => {
    for (const file of op.track(files)) {
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
      await pipeline(createReadStream(join(file.parentPath, file.name)), createGzip(), nowhere);
    }
  });
}

async function compressAll(folders) {
  const removeExporter = progress.addExporter(consoleExporter());
  const snapshot = await progress.operation("backup", { total: folders.length, unit: "folder" }, async (op) => {
    const env = { ...process.env, PROGRESS_CARRIER: JSON.stringify(op.carrier()) };
    await Promise.all(folders.map((folder) => run([fileURLToPath(import.meta.url), "--compress", folder], env)));
    return () => progress.live.get(op.id);
  });
  await progress.forceFlush();
  removeExporter();
  console.log(formatReport(snapshot(), { levels: true }));
}

async function run(args, env) {
  const child = spawn(process.execPath, args, { stdio: "inherit", env });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${args.at(-1)}: exit code ${code}`);
}
