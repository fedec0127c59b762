import { describe, expect, it } from "vitest";
import { STYLE } from "../../../src/query/web/style.js";

/** Relative luminance, by WCAG. */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const [light, dark] = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(
  (match) => new Map([...match[1]!.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, color]) => [name!, color!])),
) as [Map<string, string>, Map<string, string>];

describe("the style", () => {
  it("asks for nothing from elsewhere", () => {
    expect(STYLE).not.toMatch(/@import|url\(|@font-face/);
  });

  it("names every colour in the light and in the dark, and uses no other", () => {
    expect([...dark.keys()]).toEqual([...light.keys()]);
    const used = new Set([...STYLE.matchAll(/var\(--([\w-]+)\)/g)].map((match) => match[1]!));
    expect([...used].filter((name) => !light.has(name))).toEqual([]);
    expect([...light.keys()].filter((name) => !used.has(name))).toEqual([]);
  });

  describe.each([
    ["light", light],
    ["dark", dark],
  ])("in the %s", (_, colors) => {
    const on = (names: string[], grounds: string[], least: number) =>
      names
        .flatMap((name) =>
          grounds.map((ground) => [name, ground, contrast(colors.get(name)!, colors.get(ground)!)] as const),
        )
        .filter(([, , found]) => found < least);

    it("text can be read", () => {
      const grounds = ["ground", "surface", "hover", "warn-ground"];
      expect(on(["ink", "dim", "accent-ink", "good", "bad", "warn"], grounds, 4.5)).toEqual([]);
    });

    it("bars and signs can be seen", () => {
      expect(on(["accent", "warn-bar", "bad", "good", "dim", "focus"], ["surface", "warn-ground"], 3)).toEqual([]);
      expect(on(["accent", "bad", "dim"], ["track"], 3)).toEqual([]);
    });
  });
});
