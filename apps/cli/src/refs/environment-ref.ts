import type { Client } from "@aod/sdk";
import { resolveRef } from "./resolve-ref.ts";

/** The id of the environment that a reference means. */
export function findEnvironment(client: Client, ref: string, signal: AbortSignal): Promise<string> {
  return resolveRef("environments", ref, () => client.environments.list({ signal }));
}
