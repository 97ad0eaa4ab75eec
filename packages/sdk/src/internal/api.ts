import { AodHttpError, createIdempotencyKey, InvalidResponseError } from "@aod/transport";
import type { Transport, TransportRequest, TransportResponse } from "@aod/transport";
import type { CreateOptions, RequestOptions } from "../request-options.ts";
import { isWireObject } from "./wire.ts";
import type { WireObject } from "./wire.ts";

type Call = Pick<TransportRequest, "method" | "path" | "query" | "body" | "secrets" | "maxRetries">;

/** Calls of one server, from path and body to decoded models. */
export class Api {
  readonly transport: Transport;
  readonly #idempotencyKeys: boolean;

  constructor(transport: Transport, idempotencyKeys: boolean) {
    this.transport = transport;
    this.#idempotencyKeys = idempotencyKeys;
  }

  async one<T>(call: Call, decode: (wire: WireObject) => T, options?: CreateOptions): Promise<T> {
    const response = await this.#send(call, options);
    return decode(expectObject(response, response.body));
  }

  async list<T>(call: Call, decode: (wire: WireObject) => T, options?: CreateOptions): Promise<T[]> {
    return (await this.page(call, decode, options))[0];
  }

  /** A part of a list, and whether there is more; never so behind an empty part. */
  async page<T>(call: Call, decode: (wire: WireObject) => T, options?: CreateOptions): Promise<[T[], boolean]> {
    const response = await this.#send(call, options);
    const { data, has_more: more } = expectObject(response, response.body);
    if (!Array.isArray(data)) throw new InvalidResponseError("the answer has no list in `data`", response);
    return [data.map((item) => decode(expectObject(response, item))), more === true && data.length > 0];
  }

  /**
   * A DELETE. Where it had to be repeated without a key that the server knows, the first one may have done the work, and
   * the answer says so.
   */
  async remove(path: string, options?: RequestOptions): Promise<void> {
    try {
      await this.#send({ method: "DELETE", path }, this.#keyed(options));
    } catch (error) {
      if (!AodHttpError.isInstance(error) || error.attempts === 1) throw error;
      if (error.status !== 404 && error.detail !== "API key is already revoked") throw error;
    }
  }

  /** A call that must not happen twice: carries an idempotency key, and is only repeated with one. */
  once<T>(call: Call, decode: (wire: WireObject) => T, options?: CreateOptions): Promise<T> {
    const keyed = this.#keyed(options);
    return this.one(keyed.idempotencyKey === undefined ? { ...call, maxRetries: 0 } : call, decode, keyed);
  }

  #keyed(options: CreateOptions = {}): CreateOptions {
    const idempotencyKey = options.idempotencyKey ?? (this.#idempotencyKeys ? createIdempotencyKey() : undefined);
    return { ...options, idempotencyKey };
  }

  #send(call: Call, options: CreateOptions = {}): Promise<TransportResponse> {
    const { signal, timeoutMs, maxRetries, idempotencyKey } = options;
    return this.transport.request({
      ...call,
      signal,
      timeoutMs,
      maxRetries: maxRetries ?? call.maxRetries,
      idempotencyKey,
    });
  }
}

function expectObject(response: TransportResponse, value: unknown): WireObject {
  if (isWireObject(value)) return value;
  throw new InvalidResponseError(
    "the answer is not the JSON object that was expected; is this an AoD server?",
    response,
  );
}
