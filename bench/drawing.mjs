// One drawing of a hundred bars, beside cli-progress and listr2 with the same bars, in the same window of a terminal that only
// counts what it is sent. Clocks are turned by hand where drawings would otherwise be left out because the last one was just now.

import { EventEmitter } from "node:events";
import cliProgress from "cli-progress";
import { Listr, ListrLogger, ProcessOutput } from "listr2";
import { createProgress } from "otel-progress";
import { terminalBars } from "otel-progress/exporters";
import { ManualClock } from "otel-progress/testing";
import { figure, median, startContender } from "./measure.mjs";

const BARS = 100;
const TOTAL = 1_000_000;
const WINDOW = { columns: 120, rows: 200 };
const ROUNDS = 7;
const WARM_UP_DRAWS = 300;
const ROUND_MILLIS = 300;
const DRAW_MILLIS = 100;
/** How many of the bars move between two drawings. */
const MOVING = { all: BARS, one: 1 };

class Counted extends EventEmitter {
  isTTY = true;
  columns = WINDOW.columns;
  rows = WINDOW.rows;
  bytes = 0;
  hasColors() {
    return true;
  }
  write(text) {
    this.bytes += Buffer.byteLength(text);
    return true;
  }
}

/** Time and bytes per drawing; `move` says how far a bar is, `draw` shows it. */
function drawing(stream, { move, draw }) {
  let value = 0;
  const once = (moving) => {
    value = (value + 997) % TOTAL;
    for (let index = 0; index < moving; index++) move(index, value);
    draw();
  };
  for (let warm = 0; warm < WARM_UP_DRAWS; warm++) once(BARS);
  return (...[{ moving }]) => {
    once(moving);
    const [bytes, before] = [stream.bytes, process.hrtime.bigint()];
    let [draws, nanos] = [0, 0];
    while (nanos < ROUND_MILLIS * 1e6) {
      once(moving);
      draws++;
      nanos = Number(process.hrtime.bigint() - before);
    }
    return { micros: nanos / 1000 / draws, bytes: (stream.bytes - bytes) / draws };
  };
}

/** Its throttle looks at this clock. */
function turnClock() {
  let millis = 0;
  performance.now = () => millis;
  return () => {
    millis += DRAW_MILLIS;
  };
}

function ours(way) {
  const stream = new Counted();
  const bars = terminalBars({ stream, levels: 0, unicode: true });
  const clock = new ManualClock();
  const turn = turnClock();
  const progress = createProgress({ clock, exporters: way === "whole" ? [bars] : [] });
  const operations = Array.from({ length: BARS }, (_, index) =>
    progress.start("bench.draw", { id: String(index), name: `Import ${index}`, total: TOTAL, unit: "row" }),
  );
  const move = (index, current) => operations[index].update({ current });
  if (way === "whole") {
    const draw = () => {
      turn();
      clock.advance(DRAW_MILLIS);
    };
    return drawing(stream, { move, draw });
  }
  // Snapshots are made beforehand: what is left is the drawing.
  const states = Array.from({ length: 20 }, (_, step) => {
    for (let index = 0; index < BARS; index++) move(index, (step + 1) * 47_000 + index);
    clock.advance(DRAW_MILLIS);
    return operations.map((operation) => operation.snapshot());
  });
  let [changed, step] = [[], 0];
  const draw = () => {
    turn();
    bars.export(changed, []);
    changed = [];
    step = (step + 1) % states.length;
  };
  return drawing(stream, { move: (index) => changed.push(states[step][index]), draw });
}

const bar = (share) => "━".repeat(Math.floor(share * 20)).padEnd(20, "─");

export const contenders = {
  ours: () => ours("whole"),
  "ours, drawn": () => ours("drawn"),

  "cli-progress"() {
    const stream = new Counted();
    const format =
      "{bar} {percentage}% | {name} | {value} of {total} rows | {duration_formatted} | eta {eta_formatted}";
    const options = { stream, format, barsize: 20, hideCursor: true, gracefulExit: false };
    const multi = new cliProgress.MultiBar(options, cliProgress.Presets.shades_classic);
    const bars = Array.from({ length: BARS }, (_, index) => multi.create(TOTAL, 0, { name: `Import ${index}` }));
    return drawing(stream, { move: (index, value) => bars[index].update(value), draw: () => multi.update() });
  },

  async listr2() {
    // It looks at standard output, wherever it writes.
    Object.assign(process.stdout, { isTTY: true, columns: WINDOW.columns });
    const stream = new Counted();
    const task = (index) => ({ title: `Import ${index}`, task: () => new Promise(() => {}) });
    const logger = new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(stream, stream) });
    const options = { concurrent: true, renderer: "default", rendererOptions: { logger, lazy: true } };
    const list = new Listr(
      Array.from({ length: BARS }, (_, index) => task(index)),
      options,
    );
    list.run();
    // It loads what it draws with when it begins.
    while (list.renderer.updater === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    const move = (index, value) => {
      const share = value / TOTAL;
      list.tasks[index].title = `Import ${index} ${bar(share)} ${Math.floor(share * 100)}% ${value} of ${TOTAL} rows`;
    };
    return drawing(stream, { move, draw: () => list.renderer.update() });
  },
};

/** Per contender its rounds, which take turns. */
async function rounds(running, moving) {
  const results = Object.fromEntries(running.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < running.length; turn++) {
      const { name, call } = running[(round + turn) % running.length];
      results[name].push(await call({ moving }));
    }
  }
  return results;
}

function figures(results) {
  const names = Object.keys(results);
  const of = (name, what) => median(results[name].map((round) => round[what]));
  const ratio = (own, name, what) =>
    median(results[own].map((round, index) => round[what] / results[name][index][what]));
  const others = names.filter((name) => !name.startsWith("ours"));
  return [
    ...names.map((name) => figure(LABELS[name], of(name, "micros"), "us")),
    ...others.flatMap((name) => [
      figure(`  ours, all of it / ${name}`, ratio("ours", name, "micros"), "x"),
      figure(`  ours, the drawing / ${name}`, ratio("ours, drawn", name, "micros"), "x"),
    ]),
    ...["ours", ...others].map((name) => figure(`written: ${name}`, of(name, "bytes"), "B")),
    ...others.map((name) => figure(`  written: ours / ${name}`, ratio("ours", name, "bytes"), "x")),
  ];
}

const LABELS = {
  ours: "ours: 100 updates, the tick, snapshots and the drawing",
  "ours, drawn": "  of which the drawing",
  "cli-progress": "cli-progress: updates and multibar.update()",
  listr2: "listr2: titles and the default renderer's update()",
};

export async function measure() {
  const running = Object.keys(contenders).map((name) => ({ name, ...startContender(import.meta.url, name) }));
  try {
    const all = await rounds(running, MOVING.all);
    const one = await rounds(running, MOVING.one);
    return [
      {
        title: `Drawing ${BARS} bars, all of which moved`,
        note: "Ten times a second by default. Ours have columns that fit the window, and turning spinners.",
        figures: figures(all),
      },
      {
        title: `Drawing ${BARS} bars, one of which moved`,
        figures: figures(one),
      },
    ];
  } finally {
    for (const { stop } of running) stop();
  }
}
