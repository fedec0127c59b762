import { expect, it } from "vitest";
import { fishCompletion } from "../../src/cli/completion-fish.js";
import { COMMANDS } from "./completed-commands.js";

it("has a line for each thing that can be completed, quoted", () => {
  const lines = fishCompletion(COMMANDS, "ids-of-it").split("\n");
  const inside = (name: string) => `complete -c otel-progress -n '__fish_seen_subcommand_from ${name}'`;
  expect(lines).toContain(
    "complete -c otel-progress -n '__fish_use_subcommand' -f -a get -d 'all about one; it\\'s long'",
  );
  expect(lines).toContain(`${inside("get")} -l format -s f -x -a 'plain json' -d 'how [it] looks: json'`);
  expect(lines).toContain(`${inside("get")} -l journal -x -a '(__fish_complete_directories)' -d 'where'`);
  expect(lines).toContain(`${inside("get")} -l limit -x -d 'how many'`);
  expect(lines).toContain(`${inside("get")} -l all -s a -d 'everything'`);
  expect(lines).toContain(`${inside("get")} -f -a '(ids-of-it)'`);
  expect(lines).toContain(`${inside("run")} -x -a '(__fish_complete_subcommand --fcs-skip=2)'`);
  expect(lines).toContain(`${inside("help")} -f -a 'get run'`);
  expect(lines).toContain(`${inside("list")} -f`);
});
