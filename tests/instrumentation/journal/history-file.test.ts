import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it, vi } from "vitest";
import { HISTORY_ENDING, OLDER } from "../../../src/history-files.js";
import { FULL_BYTES, HistoryFile, MOST_BYTES, MOST_FILES } from "../../../src/instrumentation/journal/history-file.js";
import { temporary } from "./members.js";

const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const writeSync = (fd: number, data: Uint8Array, at: number, length: number) => {
    if (disk.room <= 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const written = fs.writeSync(fd, data, at, Math.min(length, disk.room));
    disk.room -= written;
    return written;
  };
  return { ...fs, writeSync };
});

let directory: string;
let path: string;
let file: HistoryFile;
beforeEach(() => {
  disk.room = Number.POSITIVE_INFINITY;
  directory = join(temporary(), "made", "here");
  path = join(directory, `me${HISTORY_ENDING}`);
  file = new HistoryFile(directory, "me");
});
const content = () => readFileSync(path, "utf8");
/** A file of another instance, without anything in it, that was written to `age` seconds ago. */
function other(name: string, bytes: number, age: number): string {
  const there = join(directory, name);
  writeFileSync(there, "");
  truncateSync(there, bytes);
  utimesSync(there, Date.now() / 1_000 - age, Date.now() / 1_000 - age);
  return there;
}

it("is made with its directory, for the user alone, and grows by lines", () => {
  file.append(["a", "ü"]);
  file.append(["b"]);
  expect([content(), statSync(path).mode & 0o777]).toEqual(["a\nü\nb\n", 0o600]);
});

it("has no half of a line when the disk is full, and goes on when it is not", () => {
  file.append(["whole"]);
  disk.room = 3;
  expect(() => file.append(["next", "more"])).toThrow("no space left");
  expect(content()).toBe("whole\n");
  disk.room = Number.POSITIVE_INFINITY;
  file.append(["next"]);
  expect(content()).toBe("whole\nnext\n");
});

it("is kept once more before it would be too full, in place of the one before", () => {
  const rest = "x".repeat(FULL_BYTES - 3);
  file.append(["1"]);
  for (const line of ["2", "3", "4"]) {
    file.append([line + rest]);
    expect([content()[0], readFileSync(path + OLDER, "latin1")[0]]).toEqual([line, String(Number(line) - 1)]);
  }
  expect([statSync(path).size, readdirSync(directory).length]).toEqual([FULL_BYTES - 1, 2]);
});

it("takes nothing more where it is full and cannot be renamed", () => {
  file.append(["x".repeat(FULL_BYTES - 1)]);
  mkdirSync(path + OLDER);
  for (let n = 0; n < 3; n++) expect(() => file.append(["next"])).toThrow(path);
  expect(statSync(path).size).toBe(FULL_BYTES);
});

it("of all histories the oldest go when there is too much, and nothing else goes", () => {
  file.append(["mine"]);
  file.trim();
  const [old, older, journal, fresh] = [
    other(`a${HISTORY_ENDING}`, MOST_BYTES / 2, 20),
    other(`b${HISTORY_ENDING}${OLDER}`, MOST_BYTES / 2, 30),
    other("c.v1.progress-journal", MOST_BYTES, 40),
    other(`d${HISTORY_ENDING}`, 100, 10),
  ];
  file.append(["x".repeat(300 * 1024)]);
  file.trim();
  expect([path, old, older, journal, fresh].map((one) => existsSync(one))).toEqual([true, true, false, true, true]);
  other(`d${HISTORY_ENDING}`, MOST_BYTES, 10);
  file.trim();
  expect(existsSync(fresh)).toBe(true);
  file.append(["x".repeat(300 * 1024)]);
  file.trim();
  expect([path, old, journal, fresh].map((one) => existsSync(one))).toEqual([true, false, true, false]);
});

it("there are only so many, however small", () => {
  file.append(["mine"]);
  for (let n = 0; n < MOST_FILES + 5; n++) other(`${n}${HISTORY_ENDING}`, 1, 5_000 - n);
  const last = new HistoryFile(directory, "last");
  last.append(["a"]);
  last.trim();
  const left = readdirSync(directory);
  const there = ["6", "7", "me", "last"].map((name) => left.includes(name + HISTORY_ENDING));
  expect([left.length, there]).toEqual([MOST_FILES, [false, true, true, true]]);
});

it("that somebody removed is made anew", () => {
  file.append(["a"]);
  rmSync(path);
  file.append(["b"]);
  expect(content()).toBe("b\n");
});
