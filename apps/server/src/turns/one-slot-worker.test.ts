import { join } from "node:path";
import { expect, it } from "vitest";
import { startTestSession, waitForEnd } from "../../test/support/turn-services.ts";
import { setUpTurnTest } from "../../test/support/turn-test.ts";

const test = setUpTurnTest({ concurrency: 1 });

it("runs one turn at a time and takes the next when it has ended", async () => {
  await test.startHere();
  const { services, ownerId } = test;
  const shared = join(services.env.dataDir, "running");
  const prompt = `mkdir ${shared} && sleep 0.1 && rmdir ${shared}`;
  const ids = await Promise.all([1, 2, 3].map(() => startTestSession(services, { ownerId, prompt })));
  for (const id of ids) expect((await waitForEnd(services, id)).at(-1)).toMatchObject({ type: "exit", code: 0 });
});
