import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CI_MARKS, ciServiceOf, withoutCommands } from "../../src/exporters/ci-marks.js";

describe("on GitHub Actions", () => {
  const { open, close, error } = CI_MARKS.github;

  it("groups and errors are workflow commands, escaped as the runner decodeds them", () => {
    expect(open("start 100%\r\nall", "1", 0)).toBe("::group::start 100%25%0D%0Aall");
    expect(close("1", 0)).toBe("::endgroup::");
    expect(error("a:b,c%", "50% of it: x, y\n")).toBe("::error title=a%3Ab%2Cc%25::50%25 of it: x, y%0A");
  });

  it("whatever the text, it stays one line and comes back as it was", () => {
    const decoded = (text: string) =>
      text
        .replaceAll("%0D", "\r")
        .replaceAll("%0A", "\n")
        .replaceAll("%3A", ":")
        .replaceAll("%2C", ",")
        .replaceAll("%25", "%");
    const text = fc.string({ unit: fc.constantFrom("%", "\r", "\n", ":", ",", "2", "5", "0", "A", "D", "a") });
    fc.assert(
      fc.property(text, text, (name, given) => {
        const [, title, data] = /^::error title=([^:,\r\n]*)::([^\r\n]*)$/.exec(error(name, given))!;
        expect([decoded(title!), decoded(data!)]).toEqual([name, given]);
      }),
    );
  });
});

describe("on GitLab", () => {
  const { open, close, error } = CI_MARKS.gitlab;

  it("groups are sections with the time in seconds, and errors are lines", () => {
    expect(open("start all", "7_1", 1_700_000_000_900)).toBe(
      "\u001b[0Ksection_start:1700000000:otel_progress_7_1\r\u001b[0Kstart all",
    );
    expect(close("7_1", 1_700_000_001_000)).toBe("\u001b[0Ksection_end:1700000001:otel_progress_7_1\r\u001b[0K");
    expect(error("all", "FAILED all")).toBe("FAILED all");
  });
});

it("elsewhere lines are what they are, and groups have no end", () => {
  const { open, close, error } = CI_MARKS.none;
  expect([open("a", "1", 0), close("1", 0), error("a", "b")]).toEqual(["a", undefined, "b"]);
});

it("the service is known by its environment", () => {
  expect([{ GITHUB_ACTIONS: "true" }, { GITLAB_CI: "true" }, { CI: "true" }, {}].map(ciServiceOf)).toEqual([
    "github",
    "gitlab",
    "none",
    "none",
  ]);
});

it.each([
  ["::error::x", ": :error::x"],
  ["::::add-mask::x", ": :::add-mask::x"],
  ["a ::error::x", "a ::error::x"],
  ["a ##[error]x", "a # #[error]x"],
  ["##vso[task.complete]", "# #vso[task.complete]"],
  ["###[group]", "## #[group]"],
  ["issue ##12", "issue ##12"],
])("%s is no command", (text, harmless) => {
  expect(withoutCommands(text)).toBe(harmless);
});
