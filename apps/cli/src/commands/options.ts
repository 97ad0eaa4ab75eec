import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { nearest } from "../nearest.ts";
import { runtimeNames } from "../runtimes.ts";

/** What may be given where a session is meant. */
export const sessionHelp = "id, or the start of one";

/** Adds what every command that talks to a server takes: `--json`, `--url`, `--token-file`, `--profile`. */
export function addCommonOptions(command: Command): Command {
  return command
    .option("--json", "print JSON, with the names of the HTTP API")
    .addOption(new Option("--url <address>", "the server's address (default: AOD_API_URL, then the saved one)"))
    .addOption(
      new Option("--token-file <path>", "file that holds the API key (default: AOD_API_TOKEN, then the saved one)"),
    )
    .addOption(new Option("--profile <name>", "the saved server (default: AOD_PROFILE, then the current one)"));
}

/** Adds how the output of a session is shown: `--raw`, `--pretty`, `--quiet`. */
export function addDisplayOptions(command: Command): Command {
  return command
    .addOption(new Option("--raw", "print what the agent's program writes, byte by byte").conflicts(["json", "pretty"]))
    .addOption(new Option("--pretty", "print it for people, whatever AOD_OUTPUT says").conflicts("json"))
    .option("-q, --quiet", "print nothing but the agent's output, or the id where nobody stays for it");
}

/** Adds what a new session is started with, beside agent and prompt. @param help Of `--environment`. */
export function addSessionOptions(command: Command, { environment }: { readonly environment: string }): Command {
  return command
    .option("--environment <environment>", environment)
    .option("--env <key=value>", "variable for this session only; several times", collectPairs)
    .option("--secret <key>", "variable whose value is read from your own environment; several times", collect)
    .option("--repo <url>", "GitHub repository to clone into /workspace; several times", collect)
    .addOption(turnTimeoutOption());
}

/** `--timeout` of commands that start a turn. */
export function turnTimeoutOption(): Option {
  const limits = { from: 10, to: 3600 };
  const description = `longest time of the turn, ${limits.from} to ${limits.to} (default: 600)`;
  return new Option("--timeout <seconds>", description).argParser(wholeNumber(limits));
}

/** Adds what an agent is made of: `--runtime`, `--model`, `--system`. @param defaults What holds without them, in words. */
export function addAgentOptions(
  command: Command,
  defaults: { readonly runtime?: string; readonly model?: string } = {},
): Command {
  const withDefault = (text: string, fallback?: string): string =>
    fallback === undefined ? text : `${text} (default: ${fallback})`;
  return command
    .addOption(choice("--runtime <runtime>", withDefault("the agent's program", defaults.runtime), runtimeNames))
    .option("--model <model>", withDefault("model, like anthropic/claude-sonnet-4-6", defaults.model))
    .option("--system <text>", "system prompt");
}

/** For options that may be given several times. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** `KEY=VALUE`, several times, as one object. */
export function collectPairs(value: string, previous: Record<string, string> | undefined): Record<string, string> {
  const at = value.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Give it as KEY=VALUE.");
  return { ...previous, [value.slice(0, at)]: value.slice(at + 1) };
}

/** `MANAGER=PACKAGE`, several times, as lists by manager. */
export function collectPackages(
  value: string,
  previous: Record<string, string[]> | undefined,
): Record<string, string[]> {
  const [manager = "", ...rest] = value.split("=");
  const name = rest.join("=");
  if (manager === "" || name === "") throw new InvalidArgumentError("Give it as MANAGER=PACKAGE, like pip=requests.");
  return { ...previous, [manager]: [...(previous?.[manager] ?? []), name] };
}

/** A parser of whole numbers, 0 or more unless limits are given. */
export function wholeNumber({ from, to }: { readonly from: number; readonly to: number }): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < from || value > to) {
      throw new InvalidArgumentError(
        to === Infinity ? "Give a whole number." : `Give a whole number, ${from} to ${to}.`,
      );
    }
    return value;
  };
}

/** A whole number, 0 or more. */
export const parseCount = wholeNumber({ from: 0, to: Infinity });

/** An option with a closed list of values; a misspelled one is answered with the value that was likely meant. */
export function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values).argParser((text: string) => {
    if (values.includes(text)) return text;
    const close = nearest(text, values);
    throw new InvalidArgumentError(
      `Choose one of: ${values.join(", ")}.${close === null ? "" : ` (Did you mean ${close}?)`}`,
    );
  });
}
