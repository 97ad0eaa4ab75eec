import { Names } from "../internal/wire.ts";
import type { WireObject } from "../internal/wire.ts";

/** A key of the account, without the key itself. */
export interface ApiKey {
  readonly id: string;
  readonly type: "api_key";
  readonly name: string;
  /** The first 12 characters of the key, to recognise it by. */
  readonly prefix: string;
  /** False once it was revoked. */
  readonly isActive: boolean;
  /** `null`: never. */
  readonly expiresAt: string | null;
  /** The agents that it is limited to, each as `agent:<id>`; `null` for the whole account. Missing on older servers. */
  readonly scopes?: readonly string[] | null;
  /** ISO 8601, as all times. */
  readonly createdAt: string;
}

/** A new key; the only time that the key itself is shown. */
export interface CreatedApiKey extends ApiKey {
  /** The secret. Keep it now. */
  readonly key: string;
}

/** What `keys.create` takes. */
export interface ApiKeyCreateParams {
  /** At most 100 characters. */
  readonly name: string;
  /** ISO 8601 with an offset; `null` for a key that stays valid. @default null */
  readonly expiresAt?: string | null | undefined;
  /**
   * `agent:<id>` for each agent that the key is limited to: it sees and runs those, and nothing else of the account. At
   * most 100. @default null: the whole account
   */
  readonly scopes?: readonly string[] | null | undefined;
}

const names = new Names<ApiKey>({ isActive: true, expiresAt: true, createdAt: true });

export function encodeApiKey(params: ApiKeyCreateParams): Record<string, unknown> {
  return names.toWire(params);
}

export function decodeApiKey(wire: WireObject): ApiKey {
  return names.fromWire(wire, { expiresAt: null }) as unknown as ApiKey;
}
