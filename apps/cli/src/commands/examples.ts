import type { Command } from "commander";

const examples = new WeakMap<Command, readonly string[]>();

/** Command lines that show what a command is for; they stand in its help and on its page of the docs. */
export function addExamples(command: Command, lines: readonly string[]): Command {
  examples.set(command, lines);
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}

/** The examples that were added to a command. */
export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? [];
}
