import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  jwtVerify,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from "jose";
import { z } from "zod";
import { isIssuerUrl, type OidcSettings } from "../env.ts";

const clockToleranceSeconds = 30;
const fetchWithinMs = 5_000;
const keysKeptMs = 600_000;
/** How often an unknown key id may make the server ask for new keys. */
const keysCoolDownMs = 30_000;
/** How long an issuer that did not give its keys is left alone. */
const issuerRestMs = 5_000;

/** Only those with a public key: a verifier that takes HMAC as well can be made to take the public key for a secret. */
const algorithms = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" ");

/** OpenID Connect's own limits of a subject: everything within them the database tells apart. */
const claimsSchema = z.object({ sub: z.string().regex(/^[\x20-\x7e]{1,255}$/), exp: z.number() });

/** What a token proves, or why it opens nothing. */
type TokenMatch =
  | {
      readonly status: "valid";
      readonly subject: string;
      /** When it is refused from on, in milliseconds since 1970. */
      readonly endsAtMs: number;
    }
  | {
      readonly status: "refused";
      /** For the log: names what was wrong, and holds nothing of the token. */
      readonly problem: string;
    }
  | { readonly status: "unavailable"; readonly cause: unknown; readonly retryAfterSeconds: number };

/** Judges a token. Throws only for a fault of the server's own. */
export type TokenVerifier = (token: string) => Promise<TokenMatch>;

class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/**
 * Judges the tokens of one issuer. Asks nothing of it before the first token comes, and then for its discovery document
 * and its keys together, so that new keys are found also behind a new address.
 */
export function createTokenVerifier({ issuer, audience }: OidcSettings): TokenVerifier {
  const getKey = createKeySource(issuer);
  const checks = {
    issuer,
    audience,
    algorithms,
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ["exp", "sub"],
  };
  return async (token) => {
    try {
      // Known before the signature is: a foreign token is nothing to ask the issuer about.
      if (decodeJwt(token).iss !== issuer) return { status: "refused", problem: "iss" };
      const { payload } = await jwtVerify(token, getKey, checks);
      const claims = claimsSchema.safeParse(payload);
      if (!claims.success) return { status: "refused", problem: "sub" };
      const { sub, exp } = claims.data;
      return { status: "valid", subject: sub, endsAtMs: (exp + clockToleranceSeconds) * 1_000 };
    } catch (error) {
      if (error instanceof KeysUnavailable) {
        return { status: "unavailable", cause: error.cause, retryAfterSeconds: issuerRestMs / 1_000 };
      }
      if (!(error instanceof errors.JOSEError)) throw error;
      const isClaim = error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired;
      return { status: "refused", problem: isClaim ? error.claim : error.code };
    }
  };
}

function createKeySource(issuer: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(`${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`), {
    timeoutDuration: fetchWithinMs,
    cooldownDuration: keysCoolDownMs,
    cacheMaxAge: keysKeptMs,
    [customFetch]: createKeysFetch(issuer),
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
      throw new KeysUnavailable("no keys", { cause });
    }
  };
}

/** Fetches the keys by way of the discovery document. An issuer that fails is left alone for a while. */
function createKeysFetch(issuer: string): FetchImplementation {
  const discoverySchema = z.object({ issuer: z.literal(issuer), jwks_uri: z.string().refine(isIssuerUrl) });
  let failedAt = -Infinity;
  let failure: unknown;
  return async (url, options) => {
    if (Date.now() - failedAt < issuerRestMs) throw failure;
    try {
      const discovery = await fetch(url, options);
      if (!discovery.ok) throw new Error(`The discovery document was answered with ${discovery.status}.`);
      const document = discoverySchema.safeParse(await discovery.json());
      if (!document.success) {
        throw new Error(
          `The discovery document is not that of ${issuer}, or its jwks_uri is neither https nor loopback.`,
        );
      }
      const keys = await fetch(document.data.jwks_uri, options);
      if (!keys.ok) throw new Error(`The keys were answered with ${keys.status}.`);
      // Read here: an answer that breaks off is a failure too.
      return Response.json(await keys.json());
    } catch (error) {
      failedAt = Date.now();
      failure = error;
      throw error;
    }
  };
}
