import { AodError } from "@aod/core/errors";
import { RuntimeInstallError } from "../runtimes/index.ts";

/** Why a turn cannot go on, in words for the reader. */
export class TurnFailure extends Error {
  override readonly name = "TurnFailure";
}

/**
 * What a reader is told of an error. Only what was written for readers: the text of any other error may name files, queries
 * and whatever was in them.
 *
 * @returns null for an error that nobody expected
 */
export function messageForReader(error: unknown): string | null {
  const isMeant = error instanceof TurnFailure || error instanceof AodError || error instanceof RuntimeInstallError;
  return isMeant ? error.message : null;
}
