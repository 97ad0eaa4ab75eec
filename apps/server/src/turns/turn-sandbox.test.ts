import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { startTestSession } from "../../test/support/turn-services.ts";
import { setUpTurnTest } from "../../test/support/turn-test.ts";
import type { Sandbox } from "../sandboxes/sandbox-driver.ts";
import { turns } from "../store/schema.ts";
import { EventPump } from "./event-pump.ts";
import { TurnSandbox } from "./turn-sandbox.ts";

const test = setUpTurnTest();

it("clears what stood there, and not what another worker has made since that took the turn over", async () => {
  const { services } = test;
  const { driver, store, log } = services;
  const sessionId = await startTestSession(services, { ownerId: test.ownerId });
  await store.db.update(turns).set({ status: "running", attempt: 2 }).where(eq(turns.sessionId, sessionId));
  const request = { prompt: "", timeoutSeconds: 60, isInterrupted: false };
  const turn = { ...request, sessionId, turn: 1, attempt: 2, spoolOffset: 0 };
  const nobody = (): void => undefined;
  const pump = new EventPump({ log, turn, readLastSeq: () => Promise.resolve(0), onStale: nobody, onError: nobody });
  const make = (): Promise<Sandbox> => driver.create({ id: sessionId, egress: { type: "unrestricted" } });

  const left = await make();
  let made: Sandbox | undefined;
  const sandbox = new TurnSandbox({
    services,
    driver,
    turn,
    pump,
    signal: new AbortController().signal,
    onStale: nobody,
    // Behind its fence this worker is held up for so long that the other one takes the turn over.
    ask: async (question) => {
      const answer = await question();
      await left.destroy();
      made = await make();
      await made.writeFile("/workspace/of", "the other worker");
      return answer;
    },
  });
  await sandbox.clear();
  const kept = await made?.readFile("/workspace/of");
  expect(Buffer.from(kept ?? []).toString()).toBe("the other worker");
});
