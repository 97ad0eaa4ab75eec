import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { notRunBanner } from "@aod/testing/not-run";
import { canMount, fullDisk, mountSmallDisk } from "@aod/testing/small-disk";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { databaseNamed, query } from "../../test/support/start-database.ts";
import { ensureCluster, explainFailure } from "./embedded/cluster.ts";
import { identityOf, openWay } from "./embedded/identity.ts";
import * as programs from "./embedded/programs.ts";
import { openStore } from "./open-store.ts";
import { owners } from "./schema.ts";
import { toStoreError } from "./store-error.ts";

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "aod-store-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** One that PostgreSQL's own user may pass through, as servers make theirs. */
async function openDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  await chmod(directory, 0o711);
  return directory;
}

const refusal = (options: Parameters<typeof openStore>[0]) =>
  openStore(options).then(
    async (store) => {
      await store[Symbol.asyncDispose]();
      throw new Error("it opened");
    },
    (error: unknown) => error as { reason: string; message: string },
  );

test("gives each test a database of its own", async () => {
  await using one = await createTestStore();
  await using two = await createTestStore();
  await createTestOwner(one, "ada");
  expect((await one.db.select().from(owners)).map(({ name }) => name)).toEqual(["ada"]);
  expect(await two.db.select().from(owners)).toEqual([]);
});

test("migrates a new database once, however many servers start at once, and refuses one of a newer version", async () => {
  const name = `aod_new_${randomUUID().replaceAll("-", "")}`;
  await query(inject("databaseUrl"), `create database ${name}`);
  onTestFinished(() => query(inject("databaseUrl"), `drop database ${name} with (force)`));
  const databaseUrl = databaseNamed(inject("databaseUrl"), name);
  const stores = await Promise.all(
    Array.from({ length: 4 }, () => openStore({ databaseUrl, dataDir: "/nonexistent" })),
  );
  expect(stores[0]?.origin).toBe("DATABASE_URL");
  for (const store of stores) await store[Symbol.asyncDispose]();
  await query(databaseUrl, "update drizzle.__drizzle_migrations set created_at = created_at + 1");
  expect(await refusal({ databaseUrl, dataDir: "/nonexistent" })).toMatchObject({
    reason: "wrong_version",
    message: "This database was used by a newer version of Agent on Demand. Run that version, or another database.",
  });
});

test("says which database does not answer, without its password", async () => {
  // A port that no system gives to anybody who asks for a free one.
  const error = await refusal({ databaseUrl: "postgres://ada:hush@127.0.0.1:2/aod", dataDir: "/nonexistent" });
  expect(error).toMatchObject({ reason: "unreachable" });
  expect(error.message).toMatch(/^The database of DATABASE_URL, 127\.0\.0\.1:2\/aod, cannot be used: .*ECONNREFUSED/);
  expect(JSON.stringify([error, error.message])).not.toContain("hush");
});

test("says that a data directory cannot be made", async () => {
  const file = join(await temporaryDirectory(), "file");
  await writeFile(file, "");
  expect(await refusal({ dataDir: join(file, "data") })).toMatchObject({
    reason: "unwritable",
    message: `The data directory ${join(file, "data")} cannot be written (ENOTDIR). Fix its permissions, or choose another with AOD_DATA_DIR.`,
  });
  const denied = Object.assign(new Error("no"), { code: "EACCES" });
  expect(toStoreError(denied, "/d")).toMatchObject({ reason: "unwritable" });
  expect(toStoreError(Object.assign(new Error("no"), { code: "ENOSPC" }), "/d")).toMatchObject({ reason: "disk_full" });
});

test("refuses data of another PostgreSQL major, and leaves it alone", async () => {
  const dataDir = await temporaryDirectory();
  await mkdir(join(dataDir, "postgres"));
  await writeFile(join(dataDir, "postgres/PG_VERSION"), "99\n");
  const error = await refusal({ dataDir });
  expect(error.reason).toBe("wrong_version");
  expect(error.message).toMatch(/^.*\/postgres was made by PostgreSQL 99, but .* is PostgreSQL 18\./);
  expect(await readFile(join(dataDir, "postgres/PG_VERSION"), "utf8")).toBe("99\n");
});

test("refuses a cluster of another user", async () => {
  const dataDir = await openDirectory();
  const directory = join(dataDir, "postgres");
  const identity = identityOf();
  const found = await programs.findPrograms(dataDir, identity);
  if (found === null) throw new Error("no programs");
  await ensureCluster(directory, found, identity);
  const other = { ...identity, uid: identity.uid + 1 };
  await expect(ensureCluster(directory, found, other)).rejects.toMatchObject({
    reason: "wrong_owner",
    message: expect.stringContaining(
      `${directory} belongs to uid ${identity.uid}, but PostgreSQL runs as uid ${other.uid}.`,
    ) as string,
  });
});

test("opens scratch folders to PostgreSQL's own user, and names any other parent that is closed", async () => {
  const parent = await temporaryDirectory();
  const dataDir = join(parent, "data");
  await mkdir(dataDir, { mode: 0o700 });
  const unprivileged = { uid: 64_000, gid: 64_000, credentials: { uid: 64_000, gid: 64_000 } };
  vi.stubEnv("TMPDIR", dataDir);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  await expect(openWay(dataDir, unprivileged)).rejects.toMatchObject({
    reason: "wrong_owner",
    message: expect.stringContaining(`(uid 64000) cannot enter ${parent}.`) as string,
  });
  vi.unstubAllEnvs();
  await openWay(dataDir, unprivileged);
  for (const directory of [parent, dataDir]) expect((await stat(directory)).mode & 0o777).toBe(0o711);
});

test("names all ways to a database when there is none", async () => {
  const spy = vi.spyOn(programs, "findPrograms").mockResolvedValue(null);
  onTestFinished(() => spy.mockRestore());
  const error = await refusal({ dataDir: await temporaryDirectory() });
  expect(error.reason).toBe("no_postgres");
  for (const way of ["DATABASE_URL", programs.packageName, "PATH"]) expect(error.message).toContain(way);
});

test("takes a PostgreSQL from PATH", async () => {
  const dataDir = await openDirectory();
  const identity = identityOf();
  const packaged = await programs.findPrograms(dataDir, identity);
  vi.stubEnv("PATH", dirname(packaged?.postgres ?? ""));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  expect(await programs.findSystemPrograms(identity)).toEqual({ ...packaged, origin: "system" });
});

test("brings a runtime of its own where the installed one cannot be used as it is", async () => {
  const dataDir = await openDirectory();
  const identity = identityOf();
  const found = await programs.findPrograms(dataDir, identity);
  if (found === null) throw new Error("no programs");
  // As a package manager lays it that skips install scripts: the links of the libraries are missing.
  const root = dirname(dirname(dirname(found.postgres)));
  const copy = join(dataDir, "package");
  await cp(root, copy, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(copy, "native/pg-symlinks.json"), "utf8")) as { target: string }[];
  for (const { target } of links) await rm(join(copy, target), { force: true });
  expect((await programs.prepareRuntime(copy, dataDir, identity))?.major).toBe(18);
  for (const { target } of links) expect((await stat(join(copy, target))).isFile()).toBe(true);
  // Where its user may not read it, it is copied beside the data.
  if (identity.credentials.uid !== undefined) await chown(copy, 0, 0);
  await promisify(execFile)("chmod", ["-R", "go-rwx", copy]);
  const runtime = await programs.prepareRuntime(copy, dataDir, identity);
  expect(
    runtime?.postgres.startsWith(identity.credentials.uid === undefined ? copy : join(dataDir, "postgres-runtime-")),
  ).toBe(true);
});

test.each([
  ["disk_full", "initdb: error: could not write to file: No space left on device"],
  ["wrong_owner", 'FATAL:  data directory "/d" has wrong ownership'],
  ["wrong_version", "FATAL:  database files are incompatible with server"],
  ["start_failed", "error while loading shared libraries: libicuuc.so.60"],
])("tells %s from PostgreSQL's own words", (reason, words) => {
  expect(explainFailure(words, "/d")).toMatchObject({ reason, message: expect.stringContaining(words) as string });
});

if (canMount()) {
  test("says that the disk is full, and starts once there is room", async () => {
    using disk = mountSmallDisk(24)!;
    const error = await refusal({ dataDir: disk.folder });
    expect(error.reason).toBe("disk_full");
    expect(error.message).toContain(`No space left on the disk of`);
    disk.resize(200);
    const store = await openStore({ dataDir: disk.folder });
    await store[Symbol.asyncDispose]();
  });
} else {
  process.stderr.write(`${notRunBanner([fullDisk])}\n`);
}
