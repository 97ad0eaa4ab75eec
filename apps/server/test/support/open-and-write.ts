// A process of its own that opens a data directory and appends for ever; prints each seq once it is acknowledged.
import { openStore } from "../../src/store/open-store.ts";
import { createEventLog } from "../../src/events/postgres-event-log.ts";
import { createRunningSession } from "./sessions.ts";

const store = await openStore({ dataDir: process.argv[2] ?? "" });
const log = createEventLog(store, {
  watch: () => () => undefined,
  publish: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
});
const { sessionId } = await createRunningSession(store);
process.stdout.write(`session ${sessionId}\n`);
for (;;) {
  const { lastSeq } = await log.append({
    sessionId,
    fence: { turn: 1, attempt: 1 },
    entries: [{ type: "output", turn: 1, fields: { stream: "stdout", data: "x".repeat(100), turn: 1 } }],
  });
  process.stdout.write(`${lastSeq}\n`);
}
