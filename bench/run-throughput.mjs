// What `otel-progress run` costs a program that writes much: real programs, a gigabyte each, read by another program, with and
// without us in between. Whole pipelines, from start to end, which take turns; ours includes our own start.

import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { figure, median, perRound } from "./measure.mjs";

const PROGRAM = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const ROUNDS = 3;
const BYTES = 1e9;

/** Lines as a log has them. */
function writeLines(path) {
  const line = "2026-01-01T00:00:00.000Z info  worker-3 wrote part/of/a/path.csv (12345 rows)\n";
  const chunk = Buffer.from(line.repeat(10_000));
  const file = openSync(path, "w");
  for (let written = 0; written < BYTES; written += chunk.length) writeSync(file, chunk);
  closeSync(file);
}

/** Seconds of a pipeline; throws when not every byte arrived. */
function seconds(pipeline, bytes) {
  const before = performance.now();
  const counted = execFileSync("sh", ["-c", `${pipeline} | wc -c`], { encoding: "utf8" });
  const after = performance.now();
  if (Number(counted) !== bytes) throw new Error(`${pipeline}: ${bytes} bytes, but ${counted} arrived`);
  return (after - before) / 1000;
}

function compare(program, before, bytes) {
  const ours = `"${process.execPath}" "${PROGRAM}" run --`;
  const times = { plain: [], run: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.plain.push(seconds(`${before}${program}`, bytes));
    times.run.push(seconds(`${before}${ours} ${program}`, bytes));
  }
  return times;
}

export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "otel-progress-throughput-"));
  try {
    const file = join(folder, "lines.txt");
    writeLines(file);
    const { size } = statSync(file);
    const zipped = `${file}.gz`;
    execFileSync("sh", ["-c", `gzip -1 -c "${file}" > "${zipped}"`]);
    const programs = {
      "gzip -dc": [`gzip -dc "${zipped}"`, "", size],
      "tr a-z A-Z": ["tr a-z A-Z", `cat "${file}" | `, size],
      "tar c": [`tar cf - -C "${folder}" lines.txt`, "", Math.ceil((512 + size + 1024 + 511) / 10_240) * 10_240],
      cat: ["cat", `cat "${file}" | `, size],
    };
    return [{ title: "otel-progress run around a program that writes 1 GB into a pipe", figures: figures(programs) }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function figures(programs) {
  return Object.entries(programs).flatMap(([name, given]) => {
    const times = compare(...given);
    return [
      figure(name, median(times.plain), "s"),
      figure(`otel-progress run -- ${name}`, median(times.run), "s"),
      figure(
        `run / plain, ${name}`,
        perRound(times, ({ run, plain }) => run / plain),
        "x",
        { target: 1.1 },
      ),
    ];
  });
}
