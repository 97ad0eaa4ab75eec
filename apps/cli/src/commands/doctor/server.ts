// Looks at the server, from outside.
import type { Client } from "@aod/sdk";
import { broken, ok, skipped, warning } from "./check.ts";
import type { Finding } from "./check.ts";

/** What a server says about itself, as far as it could be asked. */
export interface ServerLook {
  readonly server: Finding;
  /** Null when it did not answer. */
  readonly health: Readonly<Record<string, unknown>> | null;
}

// A server that works answers at once.
const answerMs = 5000;

/** Whether something that is such a server answers. */
export async function lookAtServer(client: Client, signal: AbortSignal): Promise<ServerLook> {
  const { AodHttpError, ConnectionError } = await import("@aod/sdk");
  try {
    const health = await client.health({ signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]) });
    return { server: ok(`${client.baseUrl} answers`), health: { ...health } };
  } catch (error) {
    if (signal.aborted) throw error;
    if (AodHttpError.isInstance(error) && error.status === 503) {
      // It answers and says which part of it does not work; the checks of those parts tell more.
      const health = (typeof error.detail === "object" ? error.detail : {}) as Record<string, unknown>;
      return { server: broken(`${client.baseUrl} answers that a part of it fails`, "Read its log."), health };
    }
    const here = `No server answers at ${client.baseUrl}`;
    return ConnectionError.isInstance(error)
      ? { server: broken(here, "Start one here with: aod serve --driver local"), health: null }
      : {
          server: broken(`${here} as one does: ${messageOf(error)}`, "Check the address: --url, AOD_API_URL"),
          health: null,
        };
  }
}

/** Whether the server takes the key. */
export async function checkKey(client: Client, signal: AbortSignal): Promise<Finding> {
  const { AuthError } = await import("@aod/sdk");
  try {
    await client.agents.list({ signal });
    return ok("the server takes it");
  } catch (error) {
    if (signal.aborted) throw error;
    return AuthError.isInstance(error)
      ? broken("the server refuses it", "Save another one with: aod login")
      : broken(`it could not be tried: ${messageOf(error)}`, "Read the server's log.");
  }
}

/** What makes sandboxes: the server's own word, else the setting that a server started from here would have. */
export function checkDriver(health: ServerLook["health"], env: Readonly<Record<string, string | undefined>>): Finding {
  const fix = "Start the server with one: aod serve --driver local";
  if (health && "driver" in health) {
    return typeof health["driver"] === "string" ? ok(health["driver"]) : broken("the server has none", fix);
  }
  if (health) return skipped("the server does not say");
  return env["AOD_DRIVER"] ? ok(`${env["AOD_DRIVER"]}, from AOD_DRIVER`) : warning("none is chosen", fix);
}

/** The database, as the server sees it. */
export function checkDatabase(health: ServerLook["health"]): Finding {
  const { database } = (health?.["checks"] ?? {}) as { database?: unknown };
  if (database === "ok") return ok("the server reaches it");
  return database === undefined
    ? skipped(health ? "the server does not say" : "no server answers")
    : broken(
        "the server does not reach it",
        "Check DATABASE_URL, or the folder postgres in the server's AOD_DATA_DIR.",
      );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
