import { AodError } from "@aod/core/errors";

/**
 * Why no database could be opened.
 *
 * - `no_postgres`: neither `DATABASE_URL` nor any PostgreSQL program is there.
 * - `unwritable`: the data directory cannot be created or written.
 * - `wrong_owner`: it belongs to somebody else, or the unprivileged user cannot reach it.
 * - `disk_full`: there is no space left.
 * - `wrong_version`: made by another PostgreSQL major, or migrated by a newer AoD.
 * - `unreachable`: nobody answers at `DATABASE_URL`, or it refuses us.
 * - `start_failed`: PostgreSQL would not start for another reason; the message ends with its own words.
 */
export type StoreErrorReason =
  "no_postgres" | "unwritable" | "wrong_owner" | "disk_full" | "wrong_version" | "unreachable" | "start_failed";

/** The database could not be opened. The message names the place, the cause and the next step, and no secret. */
export class StoreError extends AodError {
  static override readonly brand = "StoreError";
  /** What kind of failure it is. */
  readonly reason: StoreErrorReason;

  constructor(reason: StoreErrorReason, message: string, cause?: unknown) {
    super(reason === "unreachable" ? "unavailable" : "invalid_config", message, { cause });
    this.reason = reason;
  }
}

const fileErrorReasons: Readonly<Record<string, StoreErrorReason>> = {
  ENOSPC: "disk_full",
  EDQUOT: "disk_full",
  EACCES: "unwritable",
  EPERM: "unwritable",
  EROFS: "unwritable",
  ENOTDIR: "unwritable",
};

/** Names the cause of a failed file operation on a data directory; anything else is passed through. */
export function toStoreError(error: unknown, directory: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = fileErrorReasons[code];
  if (reason === undefined) return error;
  const message =
    reason === "disk_full"
      ? `No space left on the disk of the data directory ${directory}. Free some, or choose another with AOD_DATA_DIR.`
      : `The data directory ${directory} cannot be written (${code}). Fix its permissions, or choose another with AOD_DATA_DIR.`;
  return new StoreError(reason, message, error);
}
