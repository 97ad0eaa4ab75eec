import { readFile } from "node:fs/promises";
import { misuse } from "../cli-error.ts";
import type { CommandContext } from "../context.ts";
import { fromWire } from "../output/wire.ts";

/**
 * The prompt from the words of the command line, or from standard input when they are `-` or missing.
 *
 * @throws CliError (2) when there is neither.
 */
export async function readPrompt(
  words: readonly string[],
  context: Pick<CommandContext, "readStdin">,
): Promise<string> {
  const text = words.join(" ");
  if (text !== "" && text !== "-") return text;
  const piped = await context.readStdin();
  if (piped === null || (piped === "" && text !== "-")) {
    throw misuse("There is no prompt.", "Give it as the last argument, or pipe it in: echo 'Say hello.' | aod run -");
  }
  return piped;
}

/**
 * Variables for a session: `--env` as given, `--secret` by name with the value from the caller's environment, so that it
 * does not show up in the list of processes.
 *
 * @throws CliError (2) when a secret is not set.
 */
export function readVariables(
  options: { readonly env?: Readonly<Record<string, string>>; readonly secret?: readonly string[] },
  env: CommandContext["env"],
): Record<string, string> | undefined {
  if (!options.env && !options.secret) return undefined;
  const variables: Record<string, string> = { ...options.env };
  for (const name of options.secret ?? []) {
    const value = env[name];
    if (value === undefined) {
      throw misuse(
        name.includes("=")
          ? "--secret takes a name, not a value."
          : `--secret ${name}: ${name} is not set in your environment.`,
        name.includes("=") ? "Export the variable first, then give --secret NAME." : `Set it first: export ${name}=...`,
      );
    }
    variables[name] = value;
  }
  return variables;
}

/**
 * Fields of a request from a JSON file (`-`: standard input), under the SDK's names.
 *
 * @throws CliError (2) when it cannot be read or is no JSON object.
 */
export async function readFields(
  path: string | undefined,
  context: Pick<CommandContext, "readStdin">,
): Promise<Record<string, unknown>> {
  if (path === undefined) return {};
  const text = path === "-" ? await context.readStdin() : await readText(path);
  if (text === null) throw misuse("--file - reads standard input, but nothing is piped in.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw misuse(`${path} is not JSON: ${(cause as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw misuse(`${path} does not hold a JSON object.`);
  return fromWire(value as Record<string, unknown>);
}

/** A text file named on the command line. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw misuse(`Cannot read ${path}: ${(cause as Error).message}`);
  }
}

/** The object without its undefined values. */
export function defined<T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
