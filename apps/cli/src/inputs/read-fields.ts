import { misuse } from "../cli-error.ts";
import type { CommandContext } from "../context.ts";
import { fromWire } from "../output/wire.ts";
import { readText } from "./read-text.ts";

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
