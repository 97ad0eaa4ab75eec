import { AodError } from "@aod/core/errors";

/** Gives the headers that prove who is calling. Asked before every attempt, so a token may be renewed in between. */
export type AuthProvider = () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;

/** A secret, or a function that fetches the current one. */
export type SecretSource = string | (() => string | Promise<string>);

/**
 * `Authorization: Bearer <token>`.
 *
 * @throws AodError `invalid_config` when the token can't be sent in a header, at once for a string, else on the request.
 */
export function bearerAuth(token: SecretSource): AuthProvider {
  return secretAuth(token, (secret) => ({ authorization: `Bearer ${secret}` }));
}

/**
 * `X-API-Key: <key>`.
 *
 * @throws AodError `invalid_config` as {@link bearerAuth}.
 */
export function apiKeyAuth(key: SecretSource): AuthProvider {
  return secretAuth(key, (secret) => ({ "x-api-key": secret }));
}

function secretAuth(source: SecretSource, toHeaders: (secret: string) => Record<string, string>): AuthProvider {
  if (typeof source === "string") {
    const headers = toHeaders(checked(source));
    return () => headers;
  }
  return async () => toHeaders(checked(await source()));
}

// Checked here because the platform's own complaint about a bad header repeats the header's value.
function checked(secret: string): string {
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  throw new AodError(
    "invalid_config",
    "The API token is empty or has characters that can't be in a header (a line break, a space?). Check where it is read.",
  );
}
