import type { Argument, Command, Option } from "commander";
import { createProgram } from "../src/cli.ts";
import { examplesOf } from "../src/commands/examples.ts";

/** A page of the docs. */
export interface CommandPage {
  /** File name in docs/cli. */
  readonly file: string;
  readonly text: string;
}

const silent = { writeOut: () => undefined, writeErr: () => undefined };

/** The pages of docs/cli: one a command, and the index, from what the program itself declares. */
export function createCommandPages(): CommandPage[] {
  const program = createProgram(() => Promise.resolve(), silent);
  const commands = visibleCommands(program);
  return [
    { file: "README.md", text: renderIndex(commands) },
    ...commands.map((command) => ({ file: `${command.name()}.md`, text: renderPage(command) })),
  ];
}

function visibleCommands(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== "help");
}

function renderIndex(commands: readonly Command[]): string {
  const groups = [...new Set(commands.map((command) => command.helpGroup()))];
  const tables = groups.map((group) => {
    const rows = commands
      .filter((command) => command.helpGroup() === group)
      .map((command) => `- [aod ${command.name()}](${command.name()}.md): ${command.description()}.`);
    return `## ${group.replace(/:$/, "")}\n\n${rows.join("\n")}`;
  });
  return `# Commands\n\nWhat holds for all of them, such as exit codes and profiles, is in [Command line](../cli.md).\n\n${tables.join("\n\n")}\n`;
}

function renderPage(command: Command): string {
  const children = visibleCommands(command);
  const sections = [
    `# aod ${command.name()}`,
    `${command.description()}.`,
    ...renderBody(command, children.length === 0),
  ];
  for (const child of children) {
    sections.push(`## aod ${command.name()} ${child.name()}`, `${child.description()}.`, ...renderBody(child, true));
  }
  return `${sections.join("\n\n")}\n`;
}

function renderBody(command: Command, withUsage: boolean): string[] {
  const aliases = command.aliases();
  const examples = examplesOf(command);
  const options = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== "--help");
  return [
    ...(withUsage ? [fence("text", [usageOf(command)])] : []),
    ...(aliases.length > 0 ? [`Also: ${aliases.map((alias) => `\`${alias}\``).join(", ")}.`] : []),
    ...list(command.registeredArguments.map(renderArgument)),
    ...list(options.map(renderOption)),
    ...(examples.length > 0 ? [fence("sh", examples)] : []),
  ];
}

function usageOf(command: Command): string {
  return command.createHelp().commandUsage(command);
}

function renderArgument(argument: Argument): string {
  const choices = argument.argChoices ? `: ${argument.argChoices.join(", ")}` : "";
  return `- \`${argument.name()}\`: ${argument.description}${choices}`;
}

function renderOption(option: Option): string {
  const choices = option.argChoices ? `: ${option.argChoices.join(", ")}` : "";
  const fallback = option.defaultValue === undefined ? "" : ` (default: ${String(option.defaultValue)})`;
  const needed = option.mandatory ? " (required)" : "";
  return `- \`${option.flags}\`: ${option.description}${choices}${fallback}${needed}`;
}

function list(lines: readonly string[]): string[] {
  return lines.length > 0 ? [lines.join("\n")] : [];
}

function fence(language: string, lines: readonly string[]): string {
  return ["```" + language, ...lines, "```"].join("\n");
}
