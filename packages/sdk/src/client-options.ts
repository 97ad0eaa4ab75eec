import { AodError } from "@aod/core/errors";
import { bearerAuth } from "@aod/transport";
import type { AuthProvider, Fetch, RetryOptions, SecretSource, TransportHooks } from "@aod/transport";

/** Settings of a client. */
export interface ClientOptions extends TransportHooks {
  /** @default `AOD_API_URL`, else http://localhost:8777 */
  readonly baseUrl?: string | undefined;
  /** The API key, or a function that fetches the current one. @default `AOD_API_TOKEN` */
  readonly token?: SecretSource | undefined;
  /** Instead of `token`: another way to say who is calling, such as `apiKeyAuth(key)`. */
  readonly auth?: AuthProvider | undefined;
  /** Replaces the way requests are sent. @default undici on Node, else the global fetch */
  readonly fetch?: Fetch | undefined;
  /** Time for one attempt, headers and body; a stream's only until its head. `Infinity`: none. @default 30000 */
  readonly timeoutMs?: number | undefined;
  /** When and how often safe requests are repeated. Streams reconnect on their own. */
  readonly retry?: RetryOptions | undefined;
  /**
   * Whether creates, prompts, updates and deletes carry an `Idempotency-Key`. With it the first three may be repeated.
   * Switch it off for servers that ignore the header, where a repeat could do the work twice, and in browsers for servers
   * that do not let pages of other origins send it. @default true
   */
  readonly idempotencyKeys?: boolean | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Where to go and as whom: options, then environment variables, then the default. */
export function resolveServer(options: ClientOptions): { baseUrl: string; auth: AuthProvider } {
  const baseUrl = options.baseUrl ?? readEnv("AOD_API_URL") ?? "http://localhost:8777";
  if (options.auth !== undefined) return { baseUrl, auth: options.auth };
  const token = options.token ?? readEnv("AOD_API_TOKEN");
  if (token === undefined || token === "") {
    throw new AodError("invalid_config", "Missing API token: pass `token` to the Client or set AOD_API_TOKEN.");
  }
  return { baseUrl, auth: bearerAuth(token) };
}

function readEnv(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  try {
    return process?.env?.[name] || undefined;
  } catch {
    return undefined; // Deno without the permission to read this variable.
  }
}
