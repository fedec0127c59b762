// Runs the benches and reports. `node --expose-gc bench/run.mjs [--json | --markdown] [update lifecycle memory levels tick blocked journal events drawing startup throughput]`
// --json prints one JSON document and nothing else; --markdown puts the tables into docs/benchmarks.md.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as blocked from "./blocked.mjs";
import * as startup from "./cli-startup.mjs";
import * as drawing from "./drawing.mjs";
import * as events from "./events.mjs";
import * as journal from "./journal.mjs";
import * as levels from "./levels.mjs";
import * as lifecycle from "./lifecycle.mjs";
import * as memory from "./memory.mjs";
import { environment, text, writeMarkdown } from "./report.mjs";
import * as throughput from "./run-throughput.mjs";
import * as tick from "./tick.mjs";
import * as update from "./update.mjs";

const BENCHES = { update, lifecycle, memory, levels, tick, blocked, journal, events, drawing, startup, throughput };
const DOCUMENT = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, markdown: { type: "boolean" } },
});
const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) throw new Error(`no bench "${unknown}"; there are ${Object.keys(BENCHES).join(", ")}`);
if (values.markdown && positionals.length > 0) throw new Error("--markdown writes whole tables: run all benches");

const sections = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
  const measured = await BENCHES[name].measure();
  sections.push(...measured);
  if (!values.json) process.stdout.write(`${text({ sections: measured })}\n\n`);
}
const document = { environment: environment(), sections };
if (values.json) process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
if (values.markdown) writeMarkdown(DOCUMENT, document);
