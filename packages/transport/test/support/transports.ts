import { onTestFinished } from "vitest";
import { createTransport as createNodeTransport } from "../../src/index.node.ts";
import { createTransport as createFetchTransport } from "../../src/index.ts";
import type { TransportOptions } from "../../src/options.ts";
import type { Transport } from "../../src/transport.ts";

export type TransportTo = (baseUrl: string, options?: Partial<TransportOptions>) => Transport;

function closedWithTheTest(createTransport: (options: TransportOptions) => Transport): TransportTo {
  return (baseUrl, options) => {
    const transport = createTransport({ baseUrl, retry: { baseDelayMs: 0 }, ...options });
    onTestFinished(() => transport.close());
    return transport;
  };
}

/** Both ways to send, each as a function that makes a transport without waits between attempts. */
export const platforms: [name: string, transportTo: TransportTo][] = [
  ["undici", closedWithTheTest(createNodeTransport)],
  ["the global fetch", closedWithTheTest(createFetchTransport)],
];

/** The error that a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}
