import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readOrMakeFile } from "../data-file.ts";
import { isUuid } from "../domain/is-uuid.ts";
import { ConfigError } from "../env.ts";

/**
 * The name of this machine (rather: of this data directory), made at first use and kept in `host-id`.
 *
 * @throws ConfigError when the file holds something else
 */
export function readHostId(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, "host-id");
  const id = readOrMakeFile(file, () => `${randomUUID()}\n`).trim();
  if (isUuid(id)) return id;
  throw new ConfigError(
    `The file ${file} does not hold a UUID. Put back the right one: sessions with a sandbox on this machine go on under its name only. Without such sessions, remove it.`,
  );
}
