// The names of the files in which journals keep what has ended, for those who write and those who read them.

/** What ends otherwise belongs to others, or to another version, and is left alone. */
export const HISTORY_ENDING = ".v1.progress-history";
/** Behind the name of the one before the current one. */
export const OLDER = ".1";

export function isHistoryFile(name: string): boolean {
  return name.endsWith(HISTORY_ENDING) || name.endsWith(HISTORY_ENDING + OLDER);
}
