// From sections of figures to a table for people, one for documents, and one JSON document.

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

const ROOT = new URL("../", import.meta.url);
/** Name → folder. Not resolved as modules: some packages do not export their package.json. */
const PACKAGES = {
  "otel-progress": ".",
  "@opentelemetry/api": "node_modules/@opentelemetry/api",
  "@opentelemetry/sdk-trace": "node_modules/@opentelemetry/sdk-trace",
  "@opentelemetry/sdk-metrics": "node_modules/@opentelemetry/sdk-metrics",
  "cli-progress": "node_modules/cli-progress",
  listr2: "node_modules/listr2",
};

export function environment() {
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    packages: Object.fromEntries(Object.entries(PACKAGES).map(([name, folder]) => [name, versionIn(folder)])),
  };
}

function versionIn(folder) {
  return JSON.parse(readFileSync(new URL(`${folder}/package.json`, ROOT), "utf8")).version;
}

const ENOUGH_DIGITS = 3;

function amount({ value, unit }) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.max(0, ENOUGH_DIGITS - 1 - Math.floor(Math.log10(Math.abs(value))));
  const number = value === 0 ? "0" : value.toFixed(unit === "times" ? 0 : Math.min(digits, 4));
  return unit === "x" ? `${number}x` : `${number} ${unit}`;
}

export function text({ sections }) {
  return sections
    .map(({ title, note, figures }) => {
      const lines = figures.map(
        (one) => `  ${one.name.padEnd(74)} ${amount(one).padStart(11)}  ${judged(one, "target ")}`,
      );
      return [title, ...(note === undefined ? [] : [`  ${note}`]), ...lines.map((line) => line.trimEnd())].join("\n");
    })
    .join("\n\n");
}

function judged({ target, verdict }, before = "") {
  return target === undefined ? "" : `${before}${target}: ${verdict}`;
}

export function markdown({ environment: about, sections }) {
  const { node, v8, platform, cpu, cores, packages } = about;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const tables = sections.map(({ title, note, figures }) =>
    [
      `### ${title}`,
      ...(note === undefined ? [] : [note]),
      table([
        ["", "measured", "target", ""],
        ...figures.map((one) => [cell(one), amount(one), one.target ?? "", one.verdict ?? ""]),
      ]),
    ].join("\n\n"),
  );
  const heading = `## Node ${node.slice(1)}`;
  return [heading, `V8 ${v8}, ${platform}, ${cpu}, ${cores} cores; ${versions.join(", ")}.`, ...tables].join("\n\n");
}

/** Padded, numbers to the right: as the formatter of this repository would have it. */
function table([head, ...rows]) {
  const toTheRight = [false, true, true, false];
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column].length)));
  const rules = widths.map((width, column) => (toTheRight[column] ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  const pad = (text, column) => (toTheRight[column] ? text.padStart(widths[column]) : text.padEnd(widths[column]));
  return [head, rules, ...rows].map((row) => `| ${row.map(pad).join(" | ")} |`).join("\n");
}

function cell({ name }) {
  const plain = name.trimStart().replaceAll("|", "\\|");
  return plain === name ? plain : `… ${plain}`;
}

/** Puts the tables of this Node major in their place in `file`, between its markers; those of other majors stay. */
export function writeMarkdown(file, document) {
  const major = process.versions.node.split(".")[0];
  const [begin, end] = [`<!-- node ${major}: begin -->`, `<!-- node ${major}: end -->`];
  const before = readFileSync(file, "utf8");
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  const section = `${begin}\n\n${markdown(document)}\n\n${end}`;
  const after =
    from < 0 || to < 0
      ? `${before.trimEnd()}\n\n${section}\n`
      : before.slice(0, from) + section + before.slice(to + end.length);
  writeFileSync(file, after);
}
