// What a piece of text looks like where there are colours. Pure; read by everything that writes for people.

export interface Theme {
  /** ANSI colours. */
  readonly color: boolean;
  /** Characters beyond ASCII. */
  readonly unicode: boolean;
  /** Bytes as kB and MB (powers of 1000) or as KiB and MiB (of 1024). @default "si" */
  readonly bytes?: "si" | "binary" | undefined;
}

const SGR = { bold: "1", dim: "2", red: "31", green: "32", yellow: "33", cyan: "36", alarm: "1;31" };
export type Style = keyof typeof SGR;

/** `text` in `style`, and what follows it as it was before. */
export function paint(theme: Theme, style: Style | undefined, text: string): string {
  return theme.color && style !== undefined && text !== "" ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text;
}
