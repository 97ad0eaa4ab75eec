import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readHostId } from "./host-id.ts";
import { LocalDriver } from "./local/local-driver.ts";
import type { SandboxDriver } from "./sandbox-driver.ts";

/** Which driver a server uses, and what its sandboxes are kept apart by. */
export interface DriverChoice {
  readonly driver: "local" | undefined;
  readonly dataDir: string;
  /** Only its own database knows which sandboxes are needed: those of another one are never looked at. */
  readonly databaseName: string;
}

/** The chosen driver, or null when none was chosen: a driver is never picked by itself. */
export function openDriver({ driver, dataDir, databaseName }: DriverChoice): SandboxDriver | null {
  if (driver === undefined) return null;
  return new LocalDriver({ folder: join(dataDir, "sandboxes", databaseName), hostId: readHostId(dataDir) });
}

/** Folders with sandboxes of other databases, which stay until somebody removes them. */
export async function listForeignSandboxes({ dataDir, databaseName }: DriverChoice): Promise<string[]> {
  const folder = join(dataDir, "sandboxes");
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name !== databaseName).map((name) => join(folder, name));
}
