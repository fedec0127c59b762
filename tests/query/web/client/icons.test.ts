// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { icon, setIcon } from "../../../../src/query/web/client/icons.js";

describe("a sign", () => {
  it("has a shape of its own for each status, and is not read out", () => {
    const tones = [
      "pending",
      "running",
      "stalled",
      "paused",
      "completed",
      "failed",
      "cancelled",
      "lost",
      "skipped",
    ] as const;
    const shapes = tones.map((tone) => icon(tone).firstElementChild!.getAttribute("d"));
    expect(new Set(shapes).size).toBe(tones.length);
    const sign = icon("running");
    setIcon(sign, "failed");
    expect([sign.getAttribute("aria-hidden"), sign.firstElementChild!.getAttribute("d")]).toEqual(["true", shapes[5]]);
  });
});
