// Vitest's global setup: one PostgreSQL for the whole run, with a migrated template that test databases are copied from.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { migrate } from "../../src/store/migrate.ts";
import { openStore } from "../../src/store/open-store.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A database to issue CREATE DATABASE from. */
    databaseUrl: string;
    databaseTemplate: string;
  }
}

/** Runs against `DATABASE_URL` when it is set, else on an embedded PostgreSQL that does not wait for the disk. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const databaseUrl = process.env["DATABASE_URL"];
  const dataDir = await mkdtemp(join(tmpdir(), "aod-test-"));
  const embedded =
    databaseUrl === undefined
      ? await openStore({ dataDir, poolSize: 1, settings: ["fsync=off", "max_connections=400"] })
      : null;
  const admin = databaseUrl ?? embedded?.connectionString ?? "";
  const template = `aod_template_${process.pid}`;
  await query(admin, `create database ${template}`);
  await migrate(databaseNamed(admin, template));
  provide("databaseUrl", admin);
  provide("databaseTemplate", template);
  return async () => {
    await query(admin, `drop database ${template}`);
    await embedded?.[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  };
}

/** The connection string of another database of the same server. */
export function databaseNamed(connectionString: string, name: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs one statement on a connection of its own. */
export async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(text).finally(() => client.end());
}
