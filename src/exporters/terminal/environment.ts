// What the terminal at hand can show, from what it says about itself in the environment. Pure: the environment is an argument.

type Environment = Readonly<Record<string, string | undefined>>;

/** Colours as Node.js finds them (NO_COLOR, FORCE_COLOR, TERM, COLORTERM); FORCE_COLOR also for streams that are no terminals. */
export function hasColor(stream: Partial<NodeJS.WriteStream>, env: Environment): boolean {
  if (typeof stream.hasColors === "function") return stream.hasColors({ ...env });
  const forced = env["FORCE_COLOR"];
  return forced !== undefined && !["0", "false"].includes(forced);
}

/**
 * Whether characters beyond ASCII are shown. On Windows only where the terminal is known to; elsewhere unless it is the bare
 * Linux console, or the locale names another character set ("C" does).
 */
export function hasUnicode(env: Environment, platform: string): boolean {
  if (platform === "win32") {
    const program = env["TERM_PROGRAM"] ?? "";
    return (
      ["WT_SESSION", "ConEmuANSI", "TERMINAL_EMULATOR"].some((name) => name in env) ||
      ["vscode", "WezTerm", "ghostty"].includes(program) ||
      /^(xterm|alacritty|rxvt-unicode)/.test(env["TERM"] ?? "")
    );
  }
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return env["TERM"] !== "linux" && (locale === "" || /utf-?8/i.test(locale));
}

/**
 * Whether OSC 9;4 shows progress in the taskbar or tab: Windows Terminal, ConEmu, Ghostty 1.2, iTerm2 3.6.6, Konsole 26.04, and
 * WezTerm after its release of 2024-02-03. Earlier versions take it for a notification. Behind a multiplexer it gets nowhere.
 */
export function hasTaskbar(env: Environment): boolean {
  if ("TMUX" in env || /^(screen|tmux)/.test(env["TERM"] ?? "")) return false;
  const version = env["TERM_PROGRAM_VERSION"] ?? "";
  switch (env["TERM_PROGRAM"]) {
    case "ghostty":
      return isAtLeast(version, [1, 2, 0]);
    case "iTerm.app":
      return isAtLeast(version, [3, 6, 6]);
    case "WezTerm":
      return Number.parseInt(version, 10) > 20_240_203;
    default:
      return "WT_SESSION" in env || env["ConEmuANSI"] === "ON" || Number(env["KONSOLE_VERSION"]) >= 260_400;
  }
}

function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split(".").map((part) => Number.parseInt(part, 10));
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
