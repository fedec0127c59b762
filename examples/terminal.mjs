// Ten concurrent operations on real files, each with a bar: what a window full of work looks like.
//
//   node examples/terminal.mjs                     the repository's own node_modules
//   node examples/terminal.mjs FOLDER --files=500  another folder, at most so many of its files
//
// One of them fails (a file that is no UTF-8 text, as soon as there is one), one waits for another, one has a total that is
// found on the way; what is logged meanwhile stands above the bars.

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, opendir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, TextDecoder } from "node:util";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { progress } from "otel-progress";
import { consoleExporter } from "otel-progress/exporters";
import { formatQuantity } from "otel-progress/query";

const { values, positionals } = parseArgs({ options: { files: { type: "string" } }, allowPositionals: true });
const folder = resolve(positionals[0] ?? fileURLToPath(new URL("../node_modules", import.meta.url)));
const most = Number(values.files ?? 4_000);
const copy = await mkdtemp(join(tmpdir(), "otel-progress-example-"));
progress.addExporter(consoleExporter());

try {
  const files = await progress.operation("files.find", { name: "Find files", unit: "file" }, find);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  console.log(`${formatQuantity(files.length, "file")}, ${formatQuantity(bytes, "By")} in ${folder}`);
  const copied = copyAll(files, bytes);
  const results = await Promise.allSettled([
    copied,
    compareWithCopy(files, copied),
    eachFile("Checksums", files, bytes, (file, read) => hash(file.path, read)),
    eachFile("Compress with gzip", files, bytes, (file, read) => compress(file.path, read, createGzip())),
    eachFile("Compress with Brotli", files, bytes, (file, read) => compress(file.path, read, brotli())),
    byPackage(files),
    parseManifests(files),
    countLines(files),
    readAsText(files),
    findDuplicates(files),
  ]);
  console.log(`${results.filter(({ status }) => status === "fulfilled").length} of ${results.length} went well`);
} finally {
  await rm(copy, { recursive: true, force: true });
  await progress.shutdown();
}

/** How many there are is known at the end only: no percentage, a count. */
async function find(op) {
  const files = [];
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.push({ path, size: (await stat(path)).size });
    op.update({ increment: 1, message: relative(folder, entry.parentPath) });
    if (files.length === most) break;
  }
  return files;
}

function eachFile(name, files, total, work) {
  return progress.operation("files.read", { name, total, unit: "By" }, async (op) => {
    for (const file of files) {
      op.message(basename(file.path));
      await work(file, op.trackStream());
    }
  });
}

async function hash(path, read) {
  const sum = createHash("sha256");
  read.on("data", (chunk) => sum.update(chunk));
  await pipeline(createReadStream(path), read, async (chunks) => {
    for await (const _ of chunks);
  });
  return sum.digest("hex");
}

async function compress(path, read, compressor) {
  await pipeline(createReadStream(path), read, compressor, async (chunks) => {
    for await (const _ of chunks);
  });
}

function brotli() {
  return createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
}

function copyAll(files, total) {
  return progress.operation("files.copy", { name: "Copy", total, unit: "By" }, async (op) => {
    for (const { path } of files) {
      const target = join(copy, relative(folder, path));
      await mkdir(dirname(target), { recursive: true });
      await pipeline(createReadStream(path), op.trackStream(), createWriteStream(target));
    }
  });
}

/** Waits for the copy, and says so. */
function compareWithCopy(files, copied) {
  return progress.operation("files.compare", { name: "Compare", total: files.length, unit: "file" }, async (op) => {
    op.pause("waits for the copy");
    await copied;
    op.resume();
    for (const { path } of op.track(files)) {
      const [one, other] = await Promise.all([readFile(path), readFile(join(copy, relative(folder, path)))]);
      if (!one.equals(other)) op.itemFailed(new Error(`differs: ${path}`));
    }
  });
}

/** A level for each folder at the top, two at a time. */
function byPackage(files) {
  const packages = new Map();
  for (const file of files) {
    const name = relative(folder, file.path).split("/")[0];
    packages.set(name, [...(packages.get(name) ?? []), file]);
  }
  return progress.operation("packages.measure", { name: "Measure packages", unit: "package" }, async (op) => {
    op.setTotal(packages.size);
    const queue = [...packages];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [name, inside] = next;
        await op.level("package", { name, total: inside.length, unit: "file" }, async (level) => {
          for (const { path } of level.track(inside)) await hash(path, new PassThrough());
        });
      }
    };
    await Promise.all([worker(), worker()]);
  });
}

function parseManifests(files) {
  const json = files.filter(({ path }) => extname(path) === ".json");
  return progress.operation("json.parse", { name: "Parse JSON 📦", total: json.length, unit: "file" }, async (op) => {
    for (const { path } of json) {
      try {
        JSON.parse(await readFile(path, "utf8"));
        op.increment();
      } catch (error) {
        console.error(`not JSON: ${relative(folder, path)}`);
        op.itemFailed(error);
      }
    }
  });
}

function countLines(files) {
  return progress.operation("lines.count", { name: "Count lines", unit: "line" }, async (op) => {
    for (const { path } of files) {
      const text = await readFile(path, "latin1");
      op.update({ increment: text.split("\n").length, message: extname(path) || basename(path) });
    }
  });
}

/** Fails at the first file that is no text. */
function readAsText(files) {
  return progress.operation("text.read", { name: "Read as UTF-8", total: files.length, unit: "file" }, async (op) => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for (const { path } of op.track(files)) decoder.decode(await readFile(path));
  });
}

function findDuplicates(files) {
  const options = { name: "Find duplicates", total: files.length, unit: "file" };
  return progress.operation("duplicates.find", options, async (op) => {
    const seen = new Set();
    for (const { path } of op.track(files)) {
      const sum = createHash("md5")
        .update(await readFile(path))
        .digest("hex");
      if (seen.has(sum)) op.itemSkipped();
      seen.add(sum);
    }
    op.complete(`${seen.size} different ones`);
  });
}
