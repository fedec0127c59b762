// What a command of `otel-progress` is. Each file of this folder that is one exports `command`; commands.ts knows them by name,
// dispatch.ts runs them, and help and shell completion read what they say about themselves.

export interface OptionSpec {
  readonly type: "string" | "boolean";
  /** One letter. */
  readonly short?: string | undefined;
  /** May be given several times. */
  readonly multiple?: boolean | undefined;
  /** What --help calls its value: "PORT". Strings only. */
  readonly value?: string | undefined;
  /** The values it may have; others are refused. Strings only. */
  readonly choices?: readonly string[] | undefined;
  /** One line for --help, with unit and default. */
  readonly about: string;
}

/** What was given on the command line, already checked against the options of the command. */
export interface Arguments {
  flag(name: string): boolean;
  text(name: string): string | undefined;
  /** Of an option that may be given several times. */
  texts(name: string): readonly string[];
  readonly positionals: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;
export type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

/** Where a command reads and writes. The streams of the process are made when they are first asked for. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
}

export interface Command {
  /** Behind "otel-progress": "get ID [options]". */
  readonly usage: string;
  /** Sentences for --help: what it does, and what scripts need to know. */
  readonly description: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Whole command lines for --help, each with what it does. */
  readonly examples: readonly (readonly [line: string, about: string])[];
  /** Exit codes besides 0, or other than 1 (failed) and 2 (wrong arguments), for --help. */
  readonly exitCodes?: readonly (readonly [code: string, about: string])[] | undefined;
  /** Its first word that is no option starts the command line of another program, which is left alone. */
  readonly wraps?: boolean | undefined;
  /** Exit code of wrong arguments. @default 2 */
  readonly misuse?: number | undefined;
  /** Exit code when it throws. @default 1 */
  readonly failure?: number | undefined;
  /** Resolves with the exit code. A UsageError or ProgressError becomes one line on stderr. */
  run(args: Arguments, io: Io, commands: Commands): Promise<number>;
}

/** By name, in the order of the help. */
export type Commands = Readonly<Record<string, Listed>>;
interface Listed {
  /** One line, for the list that `otel-progress help` shows. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** What was asked for cannot be: said on one line, with where to read more. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
