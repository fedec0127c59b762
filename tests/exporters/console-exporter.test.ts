import { EventEmitter } from "node:events";
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ConsoleFormat, consoleExporter } from "../../src/exporters/console-exporter.js";
import { createTestProgress } from "../../src/testing.js";

function stream(isTTY: boolean) {
  const written: string[] = [];
  const fake = Object.assign(new EventEmitter(), {
    isTTY,
    columns: 80,
    rows: 24,
    hasColors: () => false,
    write: (text: string) => written.push(text) > 0,
  });
  return { stream: fake as unknown as NodeJS.WriteStream, written };
}

/** What the exporter writes about one running operation. */
function output(format: ConsoleFormat | undefined, isTTY: boolean): string {
  const { stream: target, written } = stream(isTTY);
  const exporter = consoleExporter({ stream: target, ...(format !== undefined && { format }) });
  const t = createTestProgress();
  t.progress.start("import", { total: 2 }).increment();
  void exporter.export(t.progress.live.list(), []);
  (exporter as Partial<Disposable>)[Symbol.dispose]?.();
  return written.join("");
}

beforeEach(() => {
  for (const name of ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "FORCE_COLOR", "PROGRESS_FORMAT"])
    vi.stubEnv(name, undefined);
  vi.stubEnv("TERM", "xterm");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const BAR = /━|#/;
const LINE = /^start import: 2, id 1\n$/;

test("on a terminal it draws bars, elsewhere it writes lines", () => {
  expect(output("auto", true)).toMatch(BAR);
  expect(output("auto", false)).toMatch(LINE);
});

test("in CI and on a dumb terminal it writes lines", () => {
  vi.stubEnv("CI", "true");
  expect(output(undefined, true)).toMatch(LINE);
  for (const no of ["", "0", "false"]) {
    vi.stubEnv("CI", no);
    expect(output(undefined, true)).toMatch(BAR);
  }
  vi.stubEnv("TERM", "dumb");
  expect(output(undefined, true)).toMatch(LINE);
});

test("the format can be said, by option or by environment; the option wins", () => {
  expect(output("tty", false)).toMatch(BAR);
  expect(output("quiet", true)).toBe("");
  vi.stubEnv("PROGRESS_FORMAT", "quiet");
  expect(output(undefined, false)).toBe("");
  expect(output("plain", true)).toMatch(LINE);
});

test("what is said of lines reaches them", () => {
  const { stream: target, written } = stream(false);
  const t = createTestProgress();
  t.progress.start("import").complete();
  void consoleExporter({ stream: target, color: true }).export(t.progress.live.list(), []);
  t.progress.start("export");
  const exporter = consoleExporter({ stream: target, ci: "github" });
  void exporter.export(t.progress.live.list({ type: "export" }), []);
  expect(written).toEqual(["\u001b[32mok\u001b[0m import: in 0s\n", "::group::start export: id 2\n"]);
});

test("JSON goes to stdout, or to the stream that was named", () => {
  expect(JSON.parse(output("json", true))).toMatchObject({ type: "import" });
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const t = createTestProgress();
    t.progress.start("import", { total: 2 }).increment();
    void consoleExporter({ format: "json" }).export(t.progress.live.list(), []);
    expect(JSON.parse(String(written.mock.calls[0]![0]))).toMatchObject({ type: "import", percentage: 50 });
  } finally {
    written.mockRestore();
  }
});

test("an unknown format is refused at set-up with what was expected", () => {
  expect(() => consoleExporter({ format: "fancy" as never })).toThrowError(
    expect.objectContaining({
      code: "INVALID_OPTION",
      message: 'console format: expected auto, tty, plain, json, quiet, received "fancy"',
    }),
  );
});

test("an unknown format in the environment is reported, and the default used", () => {
  const warn = vi.fn();
  diag.setLogger({ warn, error() {}, info() {}, debug() {}, verbose() {} });
  vi.stubEnv("PROGRESS_FORMAT", "fancy");
  expect(output(undefined, false)).toMatch(LINE);
  expect(warn.mock.calls[0]![0]).toContain('PROGRESS_FORMAT: expected auto, tty, plain, json, quiet, received "fancy"');
  diag.disable();
});
