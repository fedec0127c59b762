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

const BYTES = ["B", "kB", "MB", "GB", "TB", "PB"];
const group = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

/** "1.5 MB" for bytes (unit "By"), "12,345 rows" for things, "12,345" without a unit. */
export function formatQuantity(count: number, unit?: string): string {
  if (unit === "By") return formatBytes(count);
  return unit === undefined ? group.format(count) : `${group.format(count)} ${plural(unit, count)}`;
}

/** "3 of 10 files", "1.2 of 5 MB", or only what was done when the total is unknown. */
export function formatProgress(current: number | undefined, total: number | undefined, unit?: string): string {
  if (current === undefined) return "";
  if (total === undefined) return formatQuantity(current, unit);
  if (unit === "By") return `${formatBytes(current)} of ${formatBytes(total)}`;
  return `${group.format(current)} of ${formatQuantity(total, unit)}`;
}

/** "12.5 MB/s", "45 rows/s", "3 rows/min" when slow. */
export function formatRate(perSecond: number | undefined, unit?: string): string {
  if (perSecond === undefined || !(perSecond > 0)) return "";
  const slow = perSecond < 1 && unit !== "By";
  const count = slow ? perSecond * 60 : perSecond;
  return `${formatQuantity(count >= 10 ? Math.round(count) : count, unit)}/${slow ? "min" : "s"}`;
}

function formatBytes(bytes: number): string {
  const power = bytes < 1_000 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${group.format(bytes / 1_000 ** power)} ${BYTES[power]}`;
}

/** Plain English words get an s; annotations such as "{row}" lose their braces first. */
function plural(unit: string, count: number): string {
  const word = unit.replace(/^\{(.*)\}$/, "$1");
  return count === 1 || !/^[a-z]+[a-rt-z]$/i.test(word) ? word : `${word}s`;
}

/** Text from users on one line and without control characters: a name must not move the cursor or colour the screen. */
export function singleLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
}
