import { readFile } from "node:fs/promises";
import { misuse } from "../cli-error.ts";

/**
 * A text file named on the command line.
 *
 * @throws CliError (2) when it cannot be read.
 */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw misuse(`Cannot read ${path}: ${(cause as Error).message}`);
  }
}
