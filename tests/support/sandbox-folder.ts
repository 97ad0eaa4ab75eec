import { globSync } from "node:fs";
import { join } from "node:path";
import type { ServerProcess } from "./server-process.ts";

/** Where the server keeps the sandbox of a session. */
export function sandboxFolder({ folder }: Pick<ServerProcess, "folder">, sessionId: string): string {
  const [found] = globSync(join(folder, "data/sandboxes/*", sessionId));
  if (found === undefined) throw new Error(`Session ${sessionId} has no sandbox`);
  return found;
}
