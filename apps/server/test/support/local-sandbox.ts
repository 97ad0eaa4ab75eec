import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalDriver } from "../../src/sandboxes/local/local-driver.ts";
import type { Sandbox } from "../../src/sandboxes/sandbox-driver.ts";

export interface TestSandboxes extends AsyncDisposable {
  readonly driver: LocalDriver;
  /** A new sandbox with an empty home and workspace. */
  create(): Promise<Sandbox>;
}

/** Real sandboxes of the local driver, in a folder of their own that is removed with everything in them. */
export async function createTestSandboxes(): Promise<TestSandboxes> {
  const folder = await mkdtemp(join(tmpdir(), "aod-sandboxes-"));
  const driver = new LocalDriver({ folder, hostId: "test" });
  const sandboxes: Sandbox[] = [];
  return {
    driver,
    create: async () => {
      const sandbox = await driver.create({ id: crypto.randomUUID(), egress: { type: "unrestricted" } });
      sandboxes.push(sandbox);
      return sandbox;
    },
    [Symbol.asyncDispose]: async () => {
      for (const sandbox of sandboxes) await sandbox.destroy();
      driver.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
