import { expect, it } from "vitest";
import { HISTORY_ENDING, isHistoryFile, OLDER } from "../src/history-files.js";

it("of the names in a directory of journals, those of histories are known by their ending", () => {
  const own = [`a${HISTORY_ENDING}`, `a.b${HISTORY_ENDING}`, `a${HISTORY_ENDING}${OLDER}`];
  const others = [
    "a.v1.progress-journal",
    "a.v2.progress-history",
    `a${HISTORY_ENDING}.2`,
    `a${HISTORY_ENDING}.gz`,
    "progress-history",
    "",
  ];
  expect([...own, ...others].filter(isHistoryFile)).toEqual(own);
});
