// Where the programs of the service tests are. One that is missing is no reason to skip a test: it fails, and says what to do.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The names that scripts/install-services.sh prints. */
type Binary =
  | "OTELCOL_BIN"
  | "JAEGER_BIN"
  | "PROMETHEUS_BIN"
  | "PROMTOOL_BIN"
  | "ALERTMANAGER_BIN"
  | "AMTOOL_BIN"
  | "REDIS_SERVER_BIN"
  | "CHROMIUM_BIN"
  | "TMUX_BIN"
  | "ZSH_BIN"
  | "FISH_BIN";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The path of a program; one that is in the environment under its name wins. */
export function binary(name: Binary): string {
  const path = process.env[name] || installed().get(name);
  if (path === undefined) throw new Error(`${name} is not installed. Run: bash scripts/install-services.sh`);
  return path;
}

/** It prints what is there also when something is missing, and fails then. */
function installed(): Map<string, string> {
  const lines = printed().split("\n");
  return new Map(lines.filter((line) => line.includes("=")).map((line) => line.split("=", 2) as [string, string]));
}

function printed(): string {
  try {
    return execFileSync("bash", ["scripts/install-services.sh", "--print"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? "";
  }
}

/** Runs a program to its end and returns what it printed; throws with all of that when it fails. */
export function run(name: Binary, args: readonly string[]): string {
  try {
    return execFileSync(binary(name), args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error(`${message}\n${stdout ?? ""}${stderr ?? ""}`);
  }
}
