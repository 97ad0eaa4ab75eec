import type { Client } from "@aod/sdk";
import { resolveRef } from "./resolve-ref.ts";

/** The id of the agent that a reference means. */
export function findAgent(client: Client, ref: string, signal: AbortSignal): Promise<string> {
  return resolveRef("agents", ref, () => client.agents.list({ signal }));
}
