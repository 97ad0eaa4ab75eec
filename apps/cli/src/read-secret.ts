import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CliError, exitCodes } from "./cli-error.ts";

/**
 * Asks on a terminal; what is typed or pasted is not shown.
 *
 * @throws CliError (130) on Ctrl-C and (1) at the end of the input.
 */
export async function readSecret(
  question: string,
  stdin: NodeJS.ReadableStream,
  stderr: NodeJS.WritableStream,
): Promise<string> {
  // Readline echoes into its output; this one keeps it.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal: true });
  stderr.write(question);
  try {
    return await new Promise((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("SIGINT", () => reject(new CliError("Interrupted.", { exitCode: exitCodes.interrupted })));
      lines.once("close", () => reject(new CliError("Nothing was entered.")));
    });
  } finally {
    lines.close();
    stderr.write("\n");
  }
}
