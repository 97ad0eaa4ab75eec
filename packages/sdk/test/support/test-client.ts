import { onTestFinished } from "vitest";
import { Client } from "../../src/client.ts";
import type { ClientOptions } from "../../src/client-options.ts";

/** A client of a test server: known token, no waits between attempts, closed with the test. */
export function clientOf(server: { readonly url: string }, options: ClientOptions = {}): Client {
  const client = new Client({ baseUrl: server.url, token: "aod_test", retry: { baseDelayMs: 0 }, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** The error that a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}
