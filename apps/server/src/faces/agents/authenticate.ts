import type { IncomingHttpHeaders } from "node:http";
import { findApiKey } from "../../auth/api-keys.ts";
import type { Db } from "../../store/store.ts";
import { FaceError } from "./face-error.ts";

/** Whose request it is. */
export interface Caller {
  readonly ownerId: string;
  /** The API key that it came with. */
  readonly keyId: string;
  /** The agents that the key is limited to; null for the whole account. */
  readonly agentIds: readonly string[] | null;
}

const refusals = { unknown: "Invalid API key", inactive: "API key is inactive", expired: "API key has expired" };

/** `Authorization: Bearer`, or else `X-API-Key`. */
function readKey(headers: IncomingHttpHeaders): string | null {
  const { authorization, "x-api-key": apiKey } = headers;
  if (authorization !== undefined) return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null;
  return typeof apiKey === "string" && apiKey !== "" ? apiKey : null;
}

function unauthorized(detail: string): FaceError {
  return new FaceError(401, detail, { headers: { "www-authenticate": "Bearer" } });
}

/**
 * Finds out who is calling. Keys are looked up by their SHA-256, so the time it takes says nothing about a stored key.
 *
 * @throws FaceError 401
 */
export async function authenticate(db: Db, headers: IncomingHttpHeaders): Promise<Caller> {
  const key = readKey(headers);
  if (key === null) throw unauthorized("Missing or invalid Authorization header");
  const match = await findApiKey(db, key);
  if (match.status !== "valid") throw unauthorized(refusals[match.status]);
  return { ownerId: match.ownerId, keyId: match.keyId, agentIds: match.agentIds };
}
