import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { environments, sealingKeys } from "../store/schema.ts";
import { createKey } from "./keyring.ts";
import { checkKeyring, loadKeyring } from "./load-keyring.ts";

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "aod-keyring-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const from = (dataDir: string, encryptionKey?: string, oldEncryptionKeys: string[] = []) =>
  loadKeyring({ dataDir, encryptionKey, oldEncryptionKeys });

test("makes a key file that only its owner can read, and uses it from then on", async () => {
  const dataDir = await temporaryDirectory();
  expect(from(dataDir).keyId).toBe(from(dataDir).keyId);
  expect((await stat(join(dataDir, "encryption-key"))).mode & 0o777).toBe(0o600);
  expect(await readdir(dataDir)).toEqual(["encryption-key"]);
});

test("names a key file that holds no key, and leaves it alone", async () => {
  const dataDir = await temporaryDirectory();
  const path = join(dataDir, "encryption-key");
  for (const content of ["", "not a key", Buffer.alloc(31).toString("base64")]) {
    await writeFile(path, content);
    expect(() => from(dataDir)).toThrow(`The key file ${path} does not hold 32 bytes in base64`);
    expect(await readFile(path, "utf8")).toBe(content);
  }
});

test("names a variable that holds no key without repeating it", async () => {
  const dataDir = await temporaryDirectory();
  expect(() => from(dataDir, "hunter2")).toThrow(/^AOD_ENCRYPTION_KEY is not 32 bytes in base64\. Make one with/);
  expect(() => from(dataDir, createKey(), ["hunter2"])).toThrow("Key 1 of AOD_ENCRYPTION_KEYS_OLD");
});

test("names a data directory that cannot hold a key file", async () => {
  const dataDir = join(await temporaryDirectory(), "file");
  await writeFile(dataDir, "");
  expect(() => from(dataDir)).toThrow(`The data directory ${dataDir} cannot be written (ENOTDIR)`);
});

test("refuses a database that is sealed under another key, until the earlier key is added", async () => {
  await using store = await createTestStore();
  const { db } = store;
  const dataDir = await temporaryDirectory();
  const [first, second] = [createKey(), createKey()];
  const keyring = from(dataDir, first);
  await checkKeyring(db, keyring);

  // Nothing is sealed yet, so another key is as good.
  await checkKeyring(db, from(dataDir, second));
  await checkKeyring(db, keyring);
  const id = randomUUID();
  await db.insert(environments).values({
    id,
    ownerId: await createTestOwner(store),
    name: "e",
    envVarsSealed: keyring.seal("{}", `environments:${id}:env_vars`),
    networking: { type: "unrestricted" },
  });

  const other = from(dataDir, second);
  await expect(checkKeyring(db, other)).rejects.toThrow(
    `1 secrets in the database are sealed under the key ${keyring.keyId}, but this server's key is ${other.keyId}.`,
  );
  await checkKeyring(db, from(dataDir, second, [first]));
  expect((await db.select().from(sealingKeys)).map(({ keyId }) => keyId).sort()).toEqual(
    [keyring.keyId, other.keyId].sort(),
  );
});
