// What one line of a program's output says about progress, if anything. Pure. Told by recognizer.ts, which finds the lines.
//
// Careful, since most numbers in output are no progress: what is part of a word, a path, a date or a larger number is none;
// a bare "3/10" is one only after a smaller one of the same total; a line with two different percentages is none.

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

interface Found {
  readonly sample: Sample;
  /** Bare "3/10": to be confirmed by a later one. */
  readonly bare: boolean;
}

/** Neither a word, a path, a version, a larger number nor a sign may touch a number. */
const BEFORE = String.raw`(?<![\p{L}\d_.,:/\\+~#&=-])`;
const AFTER = String.raw`(?![\p{L}\d_/\\%~-]|[.,:]\d)`;
const PERCENT = /(?<![\p{L}\d_.,:/\\+~#&-])(\d{1,3}(?:[.,]\d{1,3})?) ?%(?![\p{L}\d_%])/gu;
const BRACKETED = /[[(] *(\d{1,12}) ?(?:\/| of ) ?(\d{1,12}) *[\])]/u;
const COUNTED = new RegExp(String.raw`${BEFORE}(\d{1,12}) of (\d{1,12})${AFTER}`, "u");
const BARE = new RegExp(String.raw`${BEFORE}(\d{1,12})\/(\d{1,12})${AFTER}`, "u");
/** What stands between a label and its number: "Receiving objects: ", "build [####", "|███". */
const ORNAMENT = /[\s:=.…\-–—>#*|[\](){}<•█▉▊▋▌▍▎▏▐░▒▓■□━─╸╺⠀-⣿]+$/u;
const LABEL_LENGTH = 60;

export function readLine(line: string): Found | undefined {
  const percent = percentIn(line);
  if (percent === "several") return undefined;
  const counted = countIn(line, BRACKETED) ?? countIn(line, COUNTED);
  if (percent === undefined) {
    if (counted !== undefined) return { sample: counted, bare: false };
    const bare = countIn(line, BARE);
    return bare && { sample: bare, bare: true };
  }
  // "12% (3/25)": the count is the same, and more exact.
  const exact = counted ?? countIn(line, BARE);
  const same = exact !== undefined && Math.abs(exact.percentage - percent.percentage) < 1.01;
  return { sample: same ? { ...exact, ...labelled(percent.label) } : percent, bare: false };
}

function percentIn(line: string): Sample | "several" | undefined {
  if (!line.includes("%")) return undefined;
  let first: Sample | undefined;
  for (const match of line.matchAll(PERCENT)) {
    const percentage = Number(match[1]!.replace(",", "."));
    if (percentage > 100 || (first !== undefined && first.percentage !== percentage)) return "several";
    first ??= { percentage, ...labelled(labelOf(line.slice(0, match.index))) };
  }
  return first;
}

function countIn(line: string, pattern: RegExp): Sample | undefined {
  const match = pattern.exec(line);
  if (match === null) return undefined;
  const [current, total] = [Number(match[1]), Number(match[2])];
  if (total === 0 || current > total) return undefined;
  return { percentage: (current / total) * 100, current, total, ...labelled(labelOf(line.slice(0, match.index))) };
}

const labelled = (label: string | undefined) => (label === undefined ? {} : { label });

/** What stands before the number, if it reads like a name that stays the same: letters, no digits, not long. */
function labelOf(before: string): string | undefined {
  const text = before.replace(ORNAMENT, "").trim();
  return text.length <= LABEL_LENGTH && /\p{L}/u.test(text) && !/\d/.test(text) ? text : undefined;
}
