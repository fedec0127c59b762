// Why a command could not do what it was asked, as the exit code a script sees and the sentence a person reads.

/** Of the commands that ask; `run` has the codes of what it runs. docs/cli.md names them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  misuse: 2,
  unreachable: 3,
  refused: 4,
  unknown: 5,
  cancelled: 6,
  lost: 7,
} as const;

/** For --help, of every command that asks. */
export const ASKING_EXITS: readonly (readonly [code: string, about: string])[] = [
  [`${EXIT.ok}`, "it was answered"],
  [`${EXIT.failed}`, "something went wrong"],
  [`${EXIT.misuse}`, "wrong arguments"],
  [`${EXIT.unreachable}`, "nothing answers there, or what answers is no server of otel-progress"],
  [`${EXIT.refused}`, "the server wants a token, or another one"],
];

/** Thrown by a command: dispatch.ts says the message on stderr and gives the code. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
