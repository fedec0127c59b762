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

  it.each([
    "45%",
    "  45 %  ",
    "(45%)",
    "[ 45%] Building C object a.o",
    "tests/test_a.py ......        [ 45%]",
    "Downloading [####    ] 45%",
    "Downloading |==      | 45%",
    "45%|████      | a.txt",
    "Installing ━━━━━━━━╸━━━━━━ 45%",
    "Progress: [ 45%] [####......]",
    "######### 45.2%",
    "  1500K .......... .......... 45% 10.3M 2s",
    "[          ]   0%",
  ])("%j is meant as progress", (line) => {
    expect(readLine(line)).toBeDefined();
    expect(readLine(line)).not.toHaveProperty("doubt");
  });

  it.each([
    ["disk usage: 45%", "disk usage: %"],
    ["45% of the disk", "%"],
    ["TOTAL   120   10   45%", "TOTAL 0 0 %"],
    ["/dev/sda1  50G  20G  45% /", "/dev/sda1 0G 0G %"],
    ["a [draft] with 45% alcohol", "a [draft] with %"],
    ["Statements : 85.71% ( 6/7 )", "Statements : %"],
  ])("%j is doubtful, and known again by its words", (line, doubt) => {
    expect(readLine(line)?.doubt).toBe(doubt);
  });

  it("of curl is in its first column, where the size is known", () => {
    const columns = "28.6M   11 3264k    0     0  14.4M      0  0:00:01 --:--:--  0:00:01 14.3M";
    expect(readLine(` 11 ${columns}`)).toEqual({ sample: { percentage: 11 } });
    expect(readLine(`  0 ${columns.replace("28.6M", "    0")}`)).toBeUndefined();
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
    ["#5 [3/10] RUN make", 3, 10],
    ["(3/10)", 3, 10],
    ["(3/10): foo.rpm", 3, 10],
    ["[3 of 10] Compiling Main", 3, 10],
    ["3 of 10", 3, 10],
    ["copied 3 of 10 files [===>   ]", 3, 10],
    ["Building [====>     ] 3/10: foo", 3, 10],
    ["[0/10]", 0, 10],
    ["[10/10]", 10, 10],
  ])("%s is %i of %i", (line, current, total) => {
    expect(readLine(line)).toMatchObject({ sample: { current, total, percentage: (current / total) * 100 } });
    expect(readLine(line)).not.toHaveProperty("doubt");
  });

  it.each(["3/10", "3/10: foo", "copied 3/10", "tests 3/10 passed", "copied 3 of 10 files", "attempt (3/10) failed"])(
    "%s is one only when it grows",
    (line) => {
      expect(readLine(line)).toMatchObject({ sample: { current: 3 }, doubt: "of 10" });
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

// What is read again and again from every place takes many seconds.
it.each([
  ["a bar without an end", `${"5% ".repeat(100)}[${"=".repeat(700)}`],
  ["many beginnings of bars", `${"5% ".repeat(100)}${"[= ".repeat(200)}`],
  ["nothing but ornaments", `${"-".repeat(990)} 5%`],
])(
  "%s is read in no time",
  (_, line) => {
    expect(readLine(line)).toBeDefined();
  },
  5_000,
);
