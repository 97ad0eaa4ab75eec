import { homedir } from "node:os";
import { join } from "node:path";

/** Where downloads that outlive a test run are kept: interpreters, client libraries, agent CLIs. */
export const testCacheFolder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "aod-tests");
