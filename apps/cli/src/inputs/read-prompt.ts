import { misuse } from "../cli-error.ts";
import type { CommandContext } from "../context.ts";

/**
 * The prompt from the words of the command line, or from standard input when they are `-` or missing.
 *
 * @param command How the command is written without its prompt, for the hint.
 * @throws CliError (2) when there is neither.
 */
export async function readPrompt(
  words: readonly string[],
  command: string,
  context: Pick<CommandContext, "readStdin">,
): Promise<string> {
  const text = words.join(" ");
  if (text !== "" && text !== "-") return text;
  const piped = await context.readStdin();
  if (piped === null || (piped === "" && text !== "-")) {
    throw misuse(
      "There is no prompt.",
      `Give it as the last argument, or pipe it in: echo 'Say hello.' | ${command} -`,
    );
  }
  return piped;
}
