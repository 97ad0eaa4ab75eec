// A worker as a process of its own, to be killed. Says "ready" when it takes turns; SIGTERM closes it gracefully.
//
//   node --conditions=@aod/source worker-process.ts DATABASE_URL DATA_DIR
import { openStore } from "../../src/store/open-store.ts";
import { startWorker } from "../../src/turns/index.ts";
import { createTurnServices } from "./turn-services.ts";

const [databaseUrl = "", dataDir = ""] = process.argv.slice(2);
const store = await openStore({ databaseUrl, dataDir });
const services = await createTurnServices(store, { dataDir });
const worker = await startWorker(services);
process.once("SIGTERM", () => {
  void worker.close().then(() => process.exit(0));
});
process.stdout.write("ready\n");
