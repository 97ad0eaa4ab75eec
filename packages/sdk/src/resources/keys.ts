import { pathOf } from "@aod/transport";
import type { Api } from "../internal/api.ts";
import { decodeApiKey, encodeApiKey } from "../models/api-key.ts";
import type { ApiKey, ApiKeyCreateParams, CreatedApiKey } from "../models/api-key.ts";
import type { RequestOptions } from "../request-options.ts";

/** `/keys`: the API keys of the account. Methods throw as those of `Agents`, and what stands below. */
export class Keys {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Newest first, without the secrets. */
  async list(options?: RequestOptions): Promise<ApiKey[]> {
    return this.#api.list({ method: "GET", path: "/keys" }, decodeApiKey, options);
  }

  /**
   * Makes a key. The answer is the only place where the secret appears; for that reason this call carries no idempotency
   * key (a server would have to keep the answer) and is never repeated.
   *
   * @throws ValidationError when a value is wrong
   */
  async create(params: ApiKeyCreateParams, options?: RequestOptions): Promise<CreatedApiKey> {
    const call = { method: "POST", path: "/keys", body: encodeApiKey(params) };
    return this.#api.one(call, (wire) => decodeApiKey(wire) as CreatedApiKey, options);
  }

  /**
   * Revokes a key at once.
   *
   * @throws ConflictError when it was revoked before, or is the one that this client uses
   */
  async delete(id: string, options?: RequestOptions): Promise<void> {
    return this.#api.remove(pathOf`/keys/${id}`, options);
  }
}
