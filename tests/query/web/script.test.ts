import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SCRIPT } from "../../../src/query/web/script.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("the script", () => {
  it("is what the client is: run node scripts/build-page.mjs when it is not", () => {
    const args = ["scripts/build-page.mjs", "--check"];
    expect(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" })).toBe("");
  }, 30_000);

  it("needs nothing else, makes no markup of text, and is small", () => {
    expect(SCRIPT).not.toMatch(
      /\bimport\b|\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write/,
    );
    expect(SCRIPT.length).toBeLessThan(48_000);
  });
});
