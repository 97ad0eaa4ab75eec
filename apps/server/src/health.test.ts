import { notRunBanner } from "@aod/testing/not-run";
import { canMount, fullDisk, mountSmallDisk } from "@aod/testing/small-disk";
import { expect, test } from "vitest";
import { createTestStore } from "../test/support/database.ts";
import { createKey, createKeyring, parseKey } from "./auth/keyring.ts";
import { checkHealth } from "./health.ts";

const key = parseKey(createKey());
if (key === null) throw new Error("no key");
const keyring = createKeyring([key]);

test("a server without a data directory needs no room in it", async () => {
  await using store = await createTestStore();
  await expect
    .poll(() => checkHealth({ store, keyring, driver: null, dataDir: "/nonexistent" }))
    .toEqual({
      status: "ok",
      checks: { database: "ok", encryption: "ok", storage: "ok" },
      driver: null,
    });
});

if (canMount()) {
  test("a data directory on a full disk is told, until there is room", async () => {
    await using store = await createTestStore();
    using disk = mountSmallDisk(20)!;
    const ask = async () => {
      const { status, checks } = await checkHealth({ store, keyring, driver: null, dataDir: disk.folder });
      return [status, checks.storage];
    };
    await expect.poll(ask).toEqual(["ok", "ok"]);
    disk.fill();
    await expect.poll(ask).toEqual(["failed", "failed"]);
    disk.free();
    await expect.poll(ask).toEqual(["ok", "ok"]);
  });
} else {
  process.stderr.write(`${notRunBanner([fullDisk])}\n`);
}
