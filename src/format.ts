// Values to text for people. Pure; what is unknown gives an empty text.

/** "0.4s", "12s", "1m 30s", "2h 5m", "3d 4h": two units at most, rounded down. */
export function formatDuration(seconds: number): string {
  if (!(seconds >= 0) || seconds === Number.POSITIVE_INFINITY) return "";
  if (seconds < 10) return `${Math.floor(seconds * 10) / 10}s`;
  const whole = Math.floor(seconds);
  const units: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3_600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "m"],
    [whole % 60, "s"],
  ];
  const first = units.findIndex(([count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

/** "42%", rounded down: 100 only when it is. */
export function formatPercentage(percentage: number | undefined): string {
  return percentage === undefined ? "" : `${Math.floor(percentage)}%`;
}

/** Powers of 1000, or of 1024. */
export type ByteUnits = "si" | "binary";
const BYTES = {
  si: { base: 1_000, names: ["B", "kB", "MB", "GB", "TB", "PB"] },
  binary: { base: 1_024, names: ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] },
};
const group = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

/** "1.5 MB" for bytes (unit "By"), "12,345 rows" for things, "12,345" without a unit. */
export function formatQuantity(count: number, unit?: string, bytes?: ByteUnits): string {
  if (unit === "By") return formatBytes(count, bytes);
  return unit === undefined ? group.format(count) : `${group.format(count)} ${plural(unit, count)}`;
}

/** "3 of 10 files", "1.2 MB of 5 MB", or only what was done when the total is unknown. */
export function formatProgress(
  current: number | undefined,
  total: number | undefined,
  unit?: string,
  bytes?: ByteUnits,
): string {
  if (current === undefined) return "";
  if (total === undefined) return formatQuantity(current, unit, bytes);
  if (unit === "By") return `${formatBytes(current, bytes)} of ${formatBytes(total, bytes)}`;
  return `${group.format(current)} of ${formatQuantity(total, unit)}`;
}

/** "12.5 MB/s", "45 rows/s", "3 rows/min" when slow. */
export function formatRate(perSecond: number | undefined, unit?: string, bytes?: ByteUnits): string {
  if (perSecond === undefined || !(perSecond > 0)) return "";
  const slow = perSecond < 1 && unit !== "By";
  const count = slow ? perSecond * 60 : perSecond;
  return `${formatQuantity(count >= 10 ? Math.round(count) : count, unit, bytes)}/${slow ? "min" : "s"}`;
}

function formatBytes(count: number, units: ByteUnits = "si"): string {
  const { base, names } = BYTES[units];
  let [value, power] = [count, 0];
  // What would be rounded up to the base is one of the next unit.
  for (; value >= base - 0.05 && power < names.length - 1; power++) value /= base;
  return `${group.format(value)} ${names[power]}`;
}

/** Plain English words get an s; annotations such as "{row}" lose their braces first. */
function plural(unit: string, count: number): string {
  const word = unit.replace(/^\{(.*)\}$/, "$1");
  return count === 1 || !/^[a-z]+[a-rt-z]$/i.test(word) ? word : `${word}s`;
}

/** Escape sequences of terminals whole: with parameters (CSI), with a string (OSC, DCS and their like), and the short ones. */
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]P^_X]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]/g;
/** They show text in another order than it is in. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text from users on one line, without control characters, escape sequences and reordering: a name must not move the cursor,
 * colour the screen or pretend to be another.
 */
export function singleLine(text: string): string {
  return (
    text
      .replace(SEQUENCES, "")
      .replace(REORDERING, "")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")
      .trim()
  );
}

/** Text of at most `most` places, an ellipsis for the rest; never cut through the middle of a character that takes two. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** JSON on one line, in which what could move the cursor of a terminal or turn text around is escaped: it reads as the same. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
