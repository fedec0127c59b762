import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ENDING, JournalFile } from "../../../src/instrumentation/journal/journal-file.js";
import { temporary } from "./members.js";

/** Bytes that still fit on the disk, that it takes at once, and whether nothing can be removed. */
const disk = vi.hoisted(() => ({
  room: Number.POSITIVE_INFINITY,
  atOnce: Number.POSITIVE_INFINITY,
  isReadOnly: false,
}));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const writeSync = (fd: number, data: Buffer, offset: number, length: number, position: number) => {
    if (disk.room === 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const written = fs.writeSync(fd, data, offset, Math.min(length, disk.room, disk.atOnce), position);
    disk.room -= written;
    return written;
  };
  const rmSync: typeof fs.rmSync = (path, options) => {
    if (disk.isReadOnly) throw Object.assign(new Error("read-only file system"), { code: "EROFS" });
    fs.rmSync(path, options);
  };
  return { ...fs, writeSync, rmSync };
});

let directory: string;
let path: string;
let file: JournalFile;
beforeEach(() => {
  disk.room = disk.atOnce = Number.POSITIVE_INFINITY;
  disk.isReadOnly = false;
  directory = join(temporary(), "made", "when", "needed");
  path = join(directory, `me${ENDING}`);
  file = new JournalFile(directory, "me", "header");
});

const text = (at = path) => readFileSync(at, "utf8");
const names = () => readdirSync(directory).sort();

describe("a journal file", () => {
  it("is made with its header by the first line, in a directory that is made too, for its owner alone", () => {
    expect([file.isOpen, file.isOurs, file.bytes]).toEqual([false, false, 0]);
    file.append([]);
    expect(existsSync(directory)).toBe(false);
    file.append(["one", "two"]);
    expect([text(), names()]).toEqual(["header\none\ntwo\n", [`me${ENDING}`]]);
    expect([file.isOpen, file.isOurs, file.bytes, statSync(path).mode & 0o777]).toEqual([true, true, 15, 0o600]);
  });

  it("grows by whole lines", () => {
    file.append(["one"]);
    file.append(["Käse", "three"]);
    expect([text(), file.bytes]).toEqual(["header\none\nKäse\nthree\n", statSync(path).size]);
  });

  it("is whole when the system takes it in pieces", () => {
    disk.atOnce = 3;
    file.append(["one", "eleven"]);
    expect([text(), file.bytes]).toEqual(["header\none\neleven\n", 18]);
  });

  it("begins anew where an older one of that name was left", () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, "old\nolder\n");
    file.append(["one"]);
    expect(text()).toBe("header\none\n");
  });

  it("has the time of the last heartbeat", () => {
    file.touch(5_000);
    file.append(["one"]);
    file.touch(Date.UTC(2026, 0, 1, 0, 0, 1));
    expect(statSync(path).mtimeMs).toBe(Date.UTC(2026, 0, 1, 0, 0, 1));
  });

  it("is ours until it is renamed, deleted, or replaced", () => {
    file.append(["one"]);
    renameSync(path, `${path}.elsewhere`);
    expect(file.isOurs).toBe(false);
    writeFileSync(path, "of somebody else");
    expect(file.isOurs).toBe(false);
    renameSync(`${path}.elsewhere`, path);
    expect(file.isOurs).toBe(true);
    rmSync(path);
    expect(file.isOurs).toBe(false);
  });

  it("is removed when nothing is to be found any more, and can be made again", () => {
    file.remove();
    file.append(["one"]);
    file.remove();
    expect([names(), file.isOpen, file.bytes]).toEqual([[], false, 0]);
    file.append(["two"]);
    expect(text()).toBe("header\ntwo\n");
  });

  it("that is no longer ours is neither emptied nor removed", () => {
    file.append(["one"]);
    renameSync(path, `${path}.claimed-other`);
    writeFileSync(path, "of somebody else");
    file.remove();
    expect([text(), text(`${path}.claimed-other`), file.isOpen]).toEqual(["of somebody else", "header\none\n", false]);
  });

  it("that cannot be removed says of nothing any more that it runs", () => {
    file.append(["one"]);
    disk.isReadOnly = true;
    expect(() => file.remove()).toThrow("read-only");
    disk.isReadOnly = false;
    expect([text(), file.isOpen]).toEqual(["header\n", false]);
  });

  it("that was given up stays where it is", () => {
    file.append(["one"]);
    file.begin();
    file.giveUp();
    expect([file.isOpen, file.isRenewing, names()]).toEqual([false, false, [`me${ENDING}`]]);
  });
});

describe("one that is to take its place", () => {
  it("is filled beside it, gets every further line too, and takes its place in one step", () => {
    file.append(["old", "kept"]);
    file.begin();
    expect([file.isRenewing, names()]).toEqual([true, [`me${ENDING}`, `me${ENDING}.new`]]);
    file.add(["kept"]);
    file.append(["new"]);
    expect([text(), text(`${path}.new`)]).toEqual(["header\nold\nkept\nnew\n", "header\nkept\nnew\n"]);
    file.finish();
    expect([text(), names(), file.isOurs, file.isRenewing]).toEqual([
      "header\nkept\nnew\n",
      [`me${ENDING}`],
      true,
      false,
    ]);
    expect(file.bytes).toBe(statSync(path).size);
  });

  it("begins anew when it is begun again", () => {
    file.append(["one"]);
    file.begin();
    file.add(["half"]);
    file.begin();
    expect(text(`${path}.new`)).toBe("header\n");
  });
});

describe("when the disk is full", () => {
  it("half a line is cut off again, and the next one stands alone", () => {
    file.append(["one"]);
    disk.room = 3;
    expect(() => file.append(["three"])).toThrow("no space left");
    expect([text(), file.bytes]).toEqual(["header\none\n", 11]);
    disk.room = 100;
    file.append(["four"]);
    expect(text()).toBe("header\none\nfour\n");
  });

  it("a file that cannot be made leaves nothing behind", () => {
    disk.room = 9;
    expect(() => file.append(["one"])).toThrow("no space left");
    expect([file.isOpen, file.isRenewing, names()]).toEqual([false, false, []]);
    disk.room = 100;
    file.append(["two"]);
    expect(text()).toBe("header\ntwo\n");
  });

  it("one that was to take its place is given up, and the file stays whole", () => {
    file.append(["one"]);
    file.begin();
    disk.room = 4;
    expect(() => file.append(["two"])).toThrow("no space left");
    expect([text(), file.isRenewing, names()]).toEqual(["header\none\ntwo\n", false, [`me${ENDING}`]]);
  });
});

describe("where it cannot be", () => {
  it("a file in the place of the directory is refused by the system, and nothing is open", () => {
    mkdirSync(join(directory, ".."), { recursive: true });
    writeFileSync(directory, "in the way");
    expect(() => file.append(["one"])).toThrow(/EEXIST|ENOTDIR/);
    expect([file.isOpen, file.isRenewing]).toEqual([false, false]);
  });

  it("a directory in its own place is refused too", () => {
    mkdirSync(path, { recursive: true });
    expect(() => file.append(["one"])).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect([file.isOpen, file.isRenewing, names()]).toEqual([false, false, [`me${ENDING}`]]);
  });
});
