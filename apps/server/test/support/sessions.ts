import { randomUUID } from "node:crypto";
import { sessions, turns } from "../../src/store/schema.ts";
import type { Store } from "../../src/store/store.ts";
import { createTestOwner } from "./database.ts";

/** A session whose first turn runs under attempt 1. */
export async function createRunningSession(store: Store): Promise<{ sessionId: string; ownerId: string }> {
  const sessionId = randomUUID();
  const ownerId = await createTestOwner(store);
  await store.db.insert(sessions).values({
    id: sessionId,
    ownerId,
    agentSnapshot: {
      version: 1,
      name: "test",
      model: "command",
      runtime: "command",
      provider: "command",
      system: "",
      skills: [],
      mcpServers: [],
      command: null,
    },
    runtime: "command",
    provider: "command",
    status: "running",
    runtimeSessionId: randomUUID(),
    driver: "local",
  });
  await store.db
    .insert(turns)
    .values({ sessionId, turn: 1, prompt: "", timeoutSeconds: 600, status: "running", attempt: 1 });
  return { sessionId, ownerId };
}
