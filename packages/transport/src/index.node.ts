import type { TransportOptions } from "./options.ts";
import { nodePlatform } from "./platform.node.ts";
import { fetchPlatform } from "./platform.ts";
import { Transport } from "./transport.ts";

/** As in `index.ts`, for the export condition `node`. */
export function createTransport(options: TransportOptions): Transport {
  return new Transport(options, options.fetch === undefined ? nodePlatform() : fetchPlatform(options.fetch));
}

export * from "./exports.ts";
