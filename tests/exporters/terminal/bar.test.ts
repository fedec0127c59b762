import { expect, test } from "vitest";
import { type BarState, drawBar } from "../../../src/exporters/terminal/bar.js";

const running: BarState = { percentage: 50, floor: false, style: "green", frame: 0 };
const plain = { color: false, unicode: true };
const ascii = { color: false, unicode: false };

test("as much of it is full as is done, to half a character, rounded down", () => {
  const at = (percentage: number) => drawBar({ ...running, percentage }, 8, plain);
  expect([0, 6, 6.25, 50, 57, 99.9, 100].map(at)).toEqual([
    "────────",
    "────────",
    "╸───────",
    "━━━━────",
    "━━━━╸───",
    "━━━━━━━╸",
    "━━━━━━━━",
  ]);
  expect([0, 57, 100].map((percentage) => drawBar({ ...running, percentage }, 8, ascii))).toEqual([
    "--------",
    "####----",
    "########",
  ]);
});

test("of a percentage that is only a floor, the rest is drawn as unknown", () => {
  expect(drawBar({ ...running, floor: true }, 8, plain)).toBe("━━━━╌╌╌╌");
  expect(drawBar({ ...running, floor: true }, 8, ascii)).toBe("####....");
});

test("without a percentage a mark goes to and fro, and stands for nothing", () => {
  const bars = [0, 1, 5, 6, 9, 10].map((frame) => drawBar({ ...running, percentage: undefined, frame }, 8, plain));
  expect(bars).toEqual(["━━━╌╌╌╌╌", "╌━━━╌╌╌╌", "╌╌╌╌╌━━━", "╌╌╌╌━━━╌", "╌━━━╌╌╌╌", "━━━╌╌╌╌╌"]);
});

test("nothing moves where nothing does, and where there is no room for it", () => {
  expect(drawBar({ ...running, percentage: undefined, frame: undefined }, 8, ascii)).toBe("........");
  expect(drawBar({ ...running, percentage: undefined, frame: 7 }, 3, plain)).toBe("╌╌╌");
});

test("what is done has the colour of its state, the rest is dim", () => {
  expect(drawBar({ ...running, style: "yellow" }, 4, { color: true, unicode: true })).toBe(
    "\u001b[33m━━\u001b[0m\u001b[2m──\u001b[0m",
  );
});
