// What one line of a program's output says about progress, if anything. Pure. Told by recognizer.ts, which finds the lines.
//
// Careful, since most numbers in output are no progress: what is part of a word, a path, a date or a larger number is none, and
// a line with two different percentages has none. What stands by itself, in square brackets or beside a bar is meant as progress.
// Any other number is doubtful, as in "disk usage: 45%" or "attempt (1/3)": it is progress when it grows (doubts.ts).

/** How far a program says it is. */
export interface Sample {
  /** 0 to 100. */
  readonly percentage: number;
  /** What was done, and of how many, where the program counts. */
  readonly current?: number;
  readonly total?: number;
  /** What it calls the work: "Receiving objects". */
  readonly label?: string;
}

export interface Found {
  readonly sample: Sample;
  /** It is progress only if another with the same words around it, or the same total, was less. */
  readonly doubt?: string;
}

/** Neither a word, a path, a version, a larger number nor a sign may touch a number. */
const BEFORE = String.raw`(?<![\p{L}\d_.,:/\\+~#&=-])`;
const AFTER = String.raw`(?![\p{L}\d_/\\%~-]|[.,:]\d)`;
const PERCENT = /(?<![\p{L}\d_.,:/\\+~#&-])(\d{1,3}(?:[.,]\d{1,3})?) ?%(?![\p{L}\d_%])/gu;
const BRACKETED = /[[(] *(\d{1,12}) ?(?:\/| of ) ?(\d{1,12}) *[\])]/u;
const COUNTED = new RegExp(String.raw`${BEFORE}(\d{1,12}) of (\d{1,12})${AFTER}`, "u");
const BARE = new RegExp(String.raw`${BEFORE}(\d{1,12})\/(\d{1,12})${AFTER}`, "u");
/** What stands between a label and its number: "Receiving objects: ", "build [####", "|███". */
const SIGNS = String.raw`[\s:=.…\-–—>#*|[\](){}<•█▉▊▋▌▍▎▏▐░▒▓■□━─╸╺⠀-⣿]`;
const ORNAMENT = new RegExp(`${SIGNS}+$`, "u");
const NOTHING = new RegExp(`^${SIGNS}*$`, "u");
/** Drawn with blocks, between brackets, or in front of the number: [==>  ], |####|, ........... 45%. */
const BAR =
  /[█▉▊▋▌▍▎▏▐░▒▓■□━─╸╺⠁-⣿]{2}|[[<(|](?=[^\])>|]{2})[.\- ]*[#=*>][#=*>.\- ]*[\])>|]|\[[ .-]{5,}\]|(?:#{3}|\.{10}) +\d/u;
/** The columns of curl: percent, total, percent, received, percent, sent, two speeds, times. */
const CURL = /^ *(\d{1,3}) +[1-9][\d.]*[kMGTP]?(?: +[\d.]+[kMGTP]?){6} +[\d:-]{7,8} +[\d:-]{7,8} +[\d:-]{7,8} /;
const LABEL_LENGTH = 60;

export function readLine(line: string): Found | undefined {
  const percent = percentIn(line);
  if (percent === "several") return undefined;
  const counted = countIn(line, BRACKETED) ?? countIn(line, COUNTED);
  const curl = CURL.exec(line);
  if (percent === undefined)
    return counted ?? countIn(line, BARE) ?? (curl && { sample: { percentage: Number(curl[1]) } }) ?? undefined;
  // "12% (3/25)": the count is the same, and more exact.
  const exact = (counted ?? countIn(line, BARE))?.sample;
  const same = exact !== undefined && Math.abs(exact.percentage - percent.sample.percentage) < 1.01;
  return same ? { ...percent, sample: { ...exact, ...labelled(percent.sample.label) } } : percent;
}

function percentIn(line: string): Found | "several" | undefined {
  if (!line.includes("%")) return undefined;
  let first: Found | undefined;
  for (const match of line.matchAll(PERCENT)) {
    const percentage = Number(match[1]!.replace(",", "."));
    if (percentage > 100 || (first !== undefined && first.sample.percentage !== percentage)) return "several";
    first ??= percentAt(line, match, percentage);
  }
  return first;
}

function percentAt(line: string, match: RegExpExecArray, percentage: number): Found {
  const { before, after } = around(line, match);
  const framed = /\[ *$/.test(before) && /^ *\]/.test(after) && (NOTHING.test(before) || NOTHING.test(after));
  const meant = framed || (NOTHING.test(before) && NOTHING.test(after)) || BAR.test(line);
  return { sample: { percentage, ...labelled(labelOf(before)) }, ...(!meant && { doubt: `${wordsOf(before)}%` }) };
}

function countIn(line: string, pattern: RegExp): Found | undefined {
  const match = pattern.exec(line);
  if (match === null) return undefined;
  const [current, total] = [Number(match[1]), Number(match[2])];
  if (total === 0 || current > total) return undefined;
  const { before, after } = around(line, match);
  const sample = { percentage: (current / total) * 100, current, total, ...labelled(labelOf(before)) };
  const alone = NOTHING.test(before) && (pattern === BRACKETED || NOTHING.test(after));
  const meant = match[0].startsWith("[") || (alone && pattern !== BARE) || BAR.test(line);
  return { sample, ...(!meant && { doubt: `of ${total}` }) };
}

const around = (line: string, match: RegExpExecArray) => ({
  before: line.slice(0, match.index),
  after: line.slice(match.index + match[0].length),
});

const labelled = (label: string | undefined) => (label === undefined ? {} : { label });

/** What stands before the number, if it reads like a name that stays the same: letters, no digits, not long. */
function labelOf(before: string): string | undefined {
  const text = before.replace(ORNAMENT, "").trim();
  return text.length <= LABEL_LENGTH && /\p{L}/u.test(text) && !/\d/.test(text) ? text : undefined;
}

/** The same for lines that differ in their numbers only; a number that is part of a name is part of it. */
function wordsOf(before: string): string {
  return before.replace(/(?<![\p{L}\d])\d[\d.,:]*/gu, "0").replace(/\s+/g, " ");
}
