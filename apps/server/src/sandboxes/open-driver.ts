import { join } from "node:path";
import { readHostId } from "./host-id.ts";
import { LocalDriver } from "./local/local-driver.ts";
import type { SandboxDriver } from "./sandbox-driver.ts";

/** The chosen driver, or null when none was chosen: a driver is never picked by itself. */
export function openDriver(env: {
  readonly driver: "local" | undefined;
  readonly dataDir: string;
}): SandboxDriver | null {
  if (env.driver === undefined) return null;
  return new LocalDriver({ folder: join(env.dataDir, "sandboxes"), hostId: readHostId(env.dataDir) });
}
