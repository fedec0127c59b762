import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.js";
import { invoke } from "./invoke.js";

const script = async (shell: string) => (await invoke(["completion", shell])).stdout;

describe("completion", () => {
  it.each(["bash", "zsh", "fish"])("for %s knows every command and every option", async (shell) => {
    const text = await script(shell);
    for (const [name, { load }] of Object.entries(COMMANDS)) {
      expect(text).toMatch(new RegExp(`\\b${name}\\b`));
      const { command } = await load();
      for (const option of Object.keys(command.options)) expect(text).toMatch(new RegExp(`(--|-l )${option}\\b`));
    }
  });

  it("says which shells there are", async () => {
    expect(await invoke(["completion"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("say which shell: bash, zsh, fish"),
    });
    expect(await invoke(["completion", "tcsh"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected bash, zsh, fish, received "tcsh"'),
    });
  });
});
