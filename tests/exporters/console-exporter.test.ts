import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ConsoleFormat, consoleExporter } from "../../src/exporters/console-exporter.js";
import { createTestProgress } from "../../src/testing.js";

function stream(isTTY: boolean) {
  const written: string[] = [];
  const fake = {
    isTTY,
    columns: 80,
    rows: 24,
    hasColors: () => false,
    write: (text: string) => written.push(text) > 0,
  };
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
  vi.stubEnv("CI", undefined);
  vi.stubEnv("TERM", "xterm");
  vi.stubEnv("PROGRESS_FORMAT", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const BAR = /━|#/;

test("on a terminal it draws bars, elsewhere it writes lines", () => {
  expect(output("auto", true)).toMatch(BAR);
  expect(output("auto", false)).toMatch(/^import: 50%, 1 of 2/);
});

test("in CI and on a dumb terminal it writes lines", () => {
  vi.stubEnv("CI", "true");
  expect(output(undefined, true)).toMatch(/^import: 50%/);
  vi.stubEnv("CI", undefined);
  vi.stubEnv("TERM", "dumb");
  expect(output(undefined, true)).toMatch(/^import: 50%/);
});

test("the format can be said, by option or by environment; the option wins", () => {
  expect(output("tty", false)).toMatch(BAR);
  expect(output("quiet", true)).toBe("");
  vi.stubEnv("PROGRESS_FORMAT", "quiet");
  expect(output(undefined, false)).toBe("");
  expect(output("plain", true)).toMatch(/^import: 50%/);
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
  expect(output(undefined, false)).toMatch(/^import: 50%/);
  expect(warn.mock.calls[0]![0]).toContain('PROGRESS_FORMAT: expected auto, tty, plain, json, quiet, received "fancy"');
  diag.disable();
});
