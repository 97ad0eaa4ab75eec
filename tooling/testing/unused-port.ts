import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below what systems hand out to programs that take any port: nobody comes to have one of these by chance. */
const [lowest, highest] = [20_000, 30_000];

/** A port of 127.0.0.1 that nothing listens on, and nothing will for the time of a test. */
export async function unusedPort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    const probe = createServer();
    const isFree = once(probe.listen(port, "127.0.0.1"), "listening").then(
      () => true,
      () => false,
    );
    if (!(await isFree)) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}
