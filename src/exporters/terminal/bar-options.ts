// The options of the terminal bars, and what they are when nothing is said.

import { parseDuration } from "../../duration.js";
import { checkMethods, expectedButReceived, type ProgressError } from "../../errors.js";
import type { Duration } from "../../model.js";
import type { Theme } from "../../paint.js";
import { COLUMNS, type TerminalColumn } from "./columns.js";
import { hasColor, hasTaskbar, hasUnicode } from "./environment.js";

export interface TerminalBarsOptions {
  /** @default process.stderr, so that stdout stays free for data */
  readonly stream?: NodeJS.WriteStream | undefined;
  /**
   * Which columns, in which order. Those for which the window is too narrow are left out, the least important first: rate,
   * elapsed, stage, message, count, bar, eta, percentage, spinner.
   * @default spinner, name, bar, percentage, count, rate, elapsed, eta, stage, message
   */
  readonly columns?: readonly TerminalColumn[] | undefined;
  /** Width of a bar in characters, 1 to 500. @default 12, 20 from 90 columns on, 30 from 140 on; less when it gets tight */
  readonly barWidth?: number | undefined;
  /** Width of the names in characters, 1 to 500. @default as long as the names are, at most 40 and two fifths of the window */
  readonly nameWidth?: number | undefined;
  /** Levels shown under each operation or level at most, 0 to 1000. @default 5 */
  readonly levels?: number | undefined;
  /** Time between two drawings, at least 50 ms; a longer one writes less, which helps on slow connections. @default "100ms" */
  readonly interval?: Duration | undefined;
  /** Bytes as kB and MB (powers of 1000) or as KiB and MiB (of 1024). @default "si" */
  readonly bytes?: "si" | "binary" | undefined;
  /** ANSI colours. @default what the stream supports; NO_COLOR and FORCE_COLOR are honoured */
  readonly color?: boolean | undefined;
  /** Characters beyond ASCII. @default unless the terminal or the locale is known not to have them */
  readonly unicode?: boolean | undefined;
  /** The whole progress in the taskbar or the tab as well (OSC 9;4). @default where the terminal is known to show it */
  readonly taskbar?: boolean | undefined;
}

/** The same with nothing left open. */
export interface BarSettings {
  readonly stream: NodeJS.WriteStream;
  readonly columns: readonly TerminalColumn[];
  readonly barWidth: number | undefined;
  readonly nameWidth: number | undefined;
  readonly levels: number;
  readonly intervalMillis: number;
  readonly theme: Theme;
  readonly taskbar: boolean;
}

const INTERVAL_LEAST = 50;
const WIDTH_MOST = 500;
const LEVELS_MOST = 1_000;

/** Throws ProgressError INVALID_OPTION. */
export function barSettings(options: TerminalBarsOptions): BarSettings {
  const { stream = process.stderr, levels = 5, columns = COLUMNS, bytes = "si" } = options;
  const { env, platform } = process;
  checkMethods("terminal bars, stream", stream, ["write", "on", "off"]);
  checkWhole("levels", levels, 0, LEVELS_MOST);
  if (options.barWidth !== undefined) checkWhole("barWidth", options.barWidth, 1, WIDTH_MOST);
  if (options.nameWidth !== undefined) checkWhole("nameWidth", options.nameWidth, 1, WIDTH_MOST);
  checkColumns(columns);
  if (bytes !== "si" && bytes !== "binary") throw refused("bytes", '"si" or "binary"', bytes);
  return {
    stream,
    columns,
    barWidth: options.barWidth,
    nameWidth: options.nameWidth,
    levels,
    intervalMillis: intervalMillis(options.interval ?? 100),
    theme: {
      color: options.color ?? hasColor(stream, env),
      unicode: options.unicode ?? hasUnicode(env, platform),
      bytes,
    },
    taskbar: options.taskbar ?? (stream.isTTY === true && hasTaskbar(env)),
  };
}

function refused(option: string, expected: string, received: unknown): ProgressError {
  return expectedButReceived("INVALID_OPTION", `terminal bars, ${option}`, expected, received);
}

function checkWhole(option: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw refused(option, `a whole number from ${least} to ${most}`, value);
  }
}

function checkColumns(columns: readonly TerminalColumn[]): void {
  const known: readonly unknown[] = COLUMNS;
  for (const column of columns) {
    if (!known.includes(column)) throw refused("columns", `some of ${COLUMNS.join(", ")}`, column);
  }
  if (columns.length === 0 || new Set(columns).size < columns.length) {
    throw refused("columns", "at least one, each once", columns.join(", "));
  }
}

function intervalMillis(interval: Duration): number {
  const millis = parseDuration(interval);
  if (millis === undefined || millis < INTERVAL_LEAST)
    throw refused("interval", "a duration of 50ms or more", interval);
  return millis;
}
