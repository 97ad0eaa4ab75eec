import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";

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
    .option("-q, --quiet", "print nothing but the agent's output");
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

/** A whole number, 0 or more. */
export function parseCount(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError("Give a whole number.");
  return Number(value);
}
