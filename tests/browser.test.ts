import { expect, it } from "vitest";
import * as browser from "../src/browser.js";
import * as index from "../src/index.js";

it("otel-progress is definitions in a browser, the same as on a server", () => {
  expect(Object.keys(browser).sort()).toEqual(["ProgressError", "defineOperation"]);
  expect([browser.defineOperation, browser.ProgressError]).toEqual([index.defineOperation, index.ProgressError]);
});
