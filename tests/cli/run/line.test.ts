import { describe, expect, it } from "vitest";
import { readLine } from "../../../src/cli/run/line.js";

const sampleOf = (line: string) => readLine(line)?.sample;

describe("a percentage", () => {
  it.each([
    ["45%", 45],
    ["45 %", 45],
    ["45.3 %", 45.3],
    ["45,3 %", 45.3],
    ["0%", 0],
    ["100%", 100],
    ["[#####     ] 45%", 45],
    ["|███   | 45% ", 45],
    [" 45%|████      | ", 45],
    ["(45%)", 45],
    ["progress=45%", 45],
    ["tests/test_a.py ......        [ 45%]", 45],
    ["     52,428,800  45%   10.3MB/s    0:00:06", 45],
    ["[download]  45.3% of 3.20MiB at 1.2MiB/s ETA 00:03", 45.3],
    ["45% 45%", 45],
  ])("%s is %s", (line, percentage) => {
    expect(sampleOf(line)?.percentage).toBe(percentage);
  });

  it.each([
    "150%",
    "-5%",
    "+5%",
    "~5%",
    "a5%",
    "5%20b",
    "http://host/a%20b",
    "width: 45%px",
    "1.2.45%",
    "45%d",
    "%45",
    "%",
    "5 percent",
    "1000%",
  ])("%s is none", (line) => {
    expect(sampleOf(line)).toBeUndefined();
  });

  it("is none where a line has several different ones", () => {
    expect(sampleOf("user 12% system 30% idle 58%")).toBeUndefined();
    expect(sampleOf("45% of 120%")).toBeUndefined();
  });
});

describe("a count", () => {
  it.each([
    ["[3/10]", 3, 10],
    ["[ 3/10] compiling", 3, 10],
    ["(3/10)", 3, 10],
    ["[3 of 10] Compiling Main", 3, 10],
    ["3 of 10", 3, 10],
    ["copied 3 of 10 files", 3, 10],
    ["[0/10]", 0, 10],
    ["[10/10]", 10, 10],
  ])("%s is %i of %i", (line, current, total) => {
    expect(readLine(line)).toMatchObject({
      bare: false,
      sample: { current, total, percentage: (current / total) * 100 },
    });
  });

  it.each(["3/10", "45/100: foo", "copied 3/10", "tests 3/10 passed", "3/10 files"])(
    "%s is one only when another confirms it",
    (line) => {
      expect(readLine(line)?.bare).toBe(true);
    },
  );

  it.each([
    "2026/11/21",
    "11/21/2026",
    "/usr/3/10",
    "a/3/10",
    "v3/10",
    "3/10/",
    "3/10.5",
    "1.3/10",
    "10/3",
    "[10/3]",
    "3 of 0",
    "0/0",
    "3/10th",
    "x=3/10",
    "part 3-4/10",
    "3/4-inch",
    "192.168.0.3/24",
    "https://host:80/10",
    "3 off 10",
  ])("%s is none", (line) => {
    expect(sampleOf(line)).toBeUndefined();
  });

  it("that agrees with the percentage beside it is taken, since it is more exact", () => {
    expect(sampleOf("Receiving objects:  12% (3/25)")).toEqual({
      percentage: 12,
      current: 3,
      total: 25,
      label: "Receiving objects",
    });
    expect(sampleOf(" 45%|████      | 45/100 [00:03<00:04]")).toMatchObject({ current: 45, total: 100 });
    expect(sampleOf("12% (3/4)")).toEqual({ percentage: 12 });
  });
});

describe("a label", () => {
  it.each([
    ["Receiving objects: 12%", "Receiving objects"],
    ["remote: Compressing objects:  12%", "remote: Compressing objects"],
    ["Downloading [####    ] 12%", "Downloading"],
    ["Übertragung … |██   | 12%", "Übertragung"],
    ["copied 3 of 10", "copied"],
  ])("of %j is %j", (line, label) => {
    expect(sampleOf(line)?.label).toBe(label);
  });

  it.each(["12%", "[####   ] 12%", "file7.txt 12%", `${"long ".repeat(20)} 12%`, "12% Downloading"])(
    "there is none in %j",
    (line) => {
      expect(sampleOf(line)).toBeDefined();
      expect(sampleOf(line)).not.toHaveProperty("label");
    },
  );
});
