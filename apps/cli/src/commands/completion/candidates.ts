import type { Argument, Command, Option } from "commander";
import { filesMarker } from "./scripts.ts";

/** One way to go on, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Things on a server, or saved here, that a word may name. */
export type NamedThing = "session" | "agent" | "environment" | "key" | "profile";

const things: readonly string[] = ["session", "agent", "environment", "key", "profile"] satisfies NamedThing[];
const fileValues = ["path"];

/**
 * How the last of the words may go on.
 *
 * @param words What was typed behind the program's name; the last one is what the cursor stands at.
 * @param list Looks up what there is of a thing.
 */
export async function findCandidates(
  program: Command,
  words: readonly string[],
  list: (thing: NamedThing) => Promise<readonly Candidate[]>,
): Promise<Candidate[]> {
  const typed = words.at(-1) ?? "";
  const place = findPlace(program, words.slice(0, -1));
  const all = await candidatesAt(place, typed, list);
  return all.filter(({ value }) => value === filesMarker || value.startsWith(typed));
}

interface Place {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly option: Option | null;
  /** How many arguments of the command are there already. */
  readonly position: number;
}

function findPlace(program: Command, words: readonly string[]): Place {
  let command = program;
  let option: Option | null = null;
  let position = 0;
  for (const word of words) {
    if (option) {
      option = null;
    } else if (word.startsWith("-") && word !== "-") {
      const named: Option | undefined = command.options.find(({ long, short }) => long === word || short === word);
      option = named && (named.required || named.optional) ? named : null;
    } else {
      const sub: Command | undefined = command.commands.find((each) => [each.name(), ...each.aliases()].includes(word));
      if (sub) command = sub;
      else position++;
    }
  }
  return { command, option, position };
}

async function candidatesAt(
  { command, option, position }: Place,
  typed: string,
  list: (thing: NamedThing) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  if (option) return valuesOf(option.argChoices, valueNameOf(option), list);
  if (typed.startsWith("-")) return optionsOf(command);
  if (command.commands.length > 0) {
    if (position > 0) return [];
    return command
      .createHelp()
      .visibleCommands(command)
      .map((sub) => ({ value: sub.name(), description: sub.description() }));
  }
  const argument: Argument | undefined =
    command.registeredArguments[position] ?? command.registeredArguments.findLast(({ variadic }) => variadic);
  return argument ? valuesOf(argument.argChoices, argument.name(), list) : [];
}

function optionsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, short, description }) => {
      const value = long ?? short;
      return value === undefined ? [] : [{ value, description }];
    });
}

/** `--agent <agent>` takes an agent; a profile is named by more than one placeholder. */
function valueNameOf(option: Option): string {
  if (option.long === "--profile") return "profile";
  return /[<[]([a-z]+)/.exec(option.flags)?.[1] ?? "";
}

async function valuesOf(
  choices: readonly string[] | undefined,
  name: string,
  list: (thing: NamedThing) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  if (choices) return choices.map((value) => ({ value, description: "" }));
  if (fileValues.includes(name)) return [{ value: filesMarker, description: "" }];
  return things.includes(name) ? list(name as NamedThing) : [];
}
