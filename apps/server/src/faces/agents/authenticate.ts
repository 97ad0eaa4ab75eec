import type { IncomingHttpHeaders } from "node:http";
import { findApiKey } from "../../auth/api-keys.ts";
import { findOwnerOf, signUp } from "../../auth/identities.ts";
import { createTokenVerifier } from "../../auth/oidc-tokens.ts";
import type { OidcSettings } from "../../env.ts";
import type { Services } from "../../services.ts";
import type { LinkedIdentity } from "../../store/identities.ts";
import { WarningLimit } from "../../warning-limit.ts";
import { FaceError } from "./face-error.ts";

/** Whose request it is. */
export interface Caller {
  readonly ownerId: string;
  /** The API key that it came with; null for a token of the issuer. */
  readonly keyId: string | null;
  /** Whose token it came with; null for an API key. */
  readonly identity: LinkedIdentity | null;
  /** When its token ends, in milliseconds since 1970; Infinity for an API key, which only the database can judge. */
  readonly endsAtMs: number;
  /** The agents that the key is limited to; null for the whole account. */
  readonly agentIds: readonly string[] | null;
}

/** Finds out who is calling. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<Caller>;

const refusals = { unknown: "Invalid API key", inactive: "API key is inactive", expired: "API key has expired" };

interface Credential {
  readonly text: string;
  readonly isToken: boolean;
}

/** `Authorization: Bearer`, or else `X-API-Key`, which takes keys only. */
function readCredential(headers: IncomingHttpHeaders): Credential | null {
  const { authorization, "x-api-key": apiKey } = headers;
  if (authorization !== undefined) {
    const text = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
    return text === undefined ? null : { text, isToken: !text.startsWith("aod_") };
  }
  return typeof apiKey === "string" && apiKey !== "" ? { text: apiKey, isToken: false } : null;
}

function unauthorized(detail: string): FaceError {
  return new FaceError(401, detail, { headers: { "www-authenticate": "Bearer" } });
}

/**
 * Makes the one way by which requests are let in. Keys are looked up by their SHA-256, so the time it takes says nothing
 * about a stored key.
 *
 * @returns a function that throws FaceError 401, or 503 while a token cannot be judged
 */
export function createAuthenticate({ env, store, logger }: Pick<Services, "env" | "store" | "logger">): Authenticate {
  const { db } = store;
  const judge = env.oidc === undefined ? null : createTokenJudge(env.oidc, { store, logger });
  return async (headers) => {
    const credential = readCredential(headers);
    if (credential === null) throw unauthorized("Missing or invalid Authorization header");
    if (credential.isToken && judge !== null) return judge(credential.text);
    const match = await findApiKey(db, credential.text);
    if (match.status !== "valid") throw unauthorized(refusals[match.status]);
    const { ownerId, keyId, agentIds } = match;
    return { ownerId, keyId, identity: null, endsAtMs: Infinity, agentIds };
  };
}

function createTokenJudge(oidc: OidcSettings, { store, logger }: Pick<Services, "store" | "logger">) {
  const { issuer, signup } = oidc;
  const verify = createTokenVerifier(oidc);
  // Apart, so that many strangers do not hide that the issuer is away.
  const [strangers, absences] = [new WarningLimit(), new WarningLimit()];
  return async (token: string): Promise<Caller> => {
    const match = await verify(token);
    if (match.status === "unavailable") {
      const level = absences.levelOf(issuer);
      logger[level]({ err: match.cause, issuer }, "a token could not be judged: the issuer's keys cannot be had");
      const headers = { "retry-after": String(match.retryAfterSeconds) };
      throw new FaceError(503, "The issuer of the token is not available. Try again.", { headers });
    }
    if (match.status === "refused") {
      logger.debug({ problem: match.problem }, "a token was refused");
      throw unauthorized(refusals.unknown);
    }
    const { subject, endsAtMs } = match;
    const identity = { issuer, subject };
    const ownerId = (await findOwnerOf(store.db, identity)) ?? (signup ? await signUp(store.db, identity) : null);
    if (ownerId === null) {
      const level = strangers.levelOf(subject);
      logger[level](identity, "a subject without an account was refused: aod-server owners link NAME ISSUER SUBJECT");
      throw unauthorized(refusals.unknown);
    }
    return { ownerId, keyId: null, identity: { ...identity, ownerId }, endsAtMs, agentIds: null };
  };
}
