import { findPython, notRunBanner } from "./python-client.ts";

/** Says at the start and again at the very end of a run that the Python tour is missing from it. */
export async function setup(): Promise<(() => void) | undefined> {
  if ((await findPython()) !== null) return undefined;
  process.stderr.write(`\n${notRunBanner}\n`);
  return () => process.stderr.write(`\n${notRunBanner}\n`);
}
