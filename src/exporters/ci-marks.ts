// What a CI service reads in a job's log: foldable groups, and errors it shows beside the job. Pure text.
//
// GitHub: docs.github.com/actions/reference/workflow-commands-for-github-actions. GitLab: docs.gitlab.com/ci/jobs/job_logs.

export type CiService = "github" | "gitlab" | "none";

export interface CiMarks {
  /** A line that opens a group under this title; `key`, of letters, digits and "_", tells it from other groups of the log. */
  open(title: string, key: string, epochMillis: number): string;
  /** A line that ends it; undefined when nothing does. */
  close(key: string, epochMillis: number): string | undefined;
  /** A line that tells of a failure. */
  error(name: string, text: string): string;
}

export const CI_MARKS: Readonly<Record<CiService, CiMarks>> = {
  none: { open: (title) => title, close: () => undefined, error: (_, text) => text },
  github: {
    open: (title) => `::group::${data(title)}`,
    close: () => "::endgroup::",
    error: (name, text) => `::error title=${property(name)}::${data(text)}`,
  },
  gitlab: {
    open: (title, key, millis) => `${section("start", key, millis)}${title}`,
    close: (key, millis) => section("end", key, millis),
    error: (_, text) => text,
  },
};

export function ciServiceOf(environment: Readonly<Record<string, string | undefined>>): CiService {
  if (environment["GITHUB_ACTIONS"] === "true") return "github";
  return environment["GITLAB_CI"] === "true" ? "gitlab" : "none";
}

/** Text without commands to a CI service: names are untrusted. "::" counts at the start of a line, "##[" and "##vso[" anywhere. */
export function withoutCommands(text: string): string {
  return text.replace(/^::/, ": :").replace(/##(?=\w*\[)/g, "# #");
}

const data = (text: string) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string) => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

function section(edge: "start" | "end", key: string, epochMillis: number): string {
  return `\u001b[0Ksection_${edge}:${Math.floor(epochMillis / 1_000)}:otel_progress_${key}\r\u001b[0K`;
}
