import type { TransportOptions } from "./options.ts";
import { fetchPlatform } from "./platform.ts";
import { Transport } from "./transport.ts";

/**
 * A transport for one server. Sends with undici on Node and with the global `fetch` elsewhere.
 *
 * @throws AodError `invalid_config` for a base URL that can't be used
 */
export function createTransport(options: TransportOptions): Transport {
  return new Transport(options, fetchPlatform(options.fetch));
}

export * from "./exports.ts";
