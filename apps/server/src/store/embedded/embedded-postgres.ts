// Runs PostgreSQL for as long as this process lives, or joins the one that another process runs in the same directory.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { toDatabaseError } from "../database-error.ts";
import { StoreError } from "../store-error.ts";
import { ensureCluster, explainFailure, requireCluster } from "./cluster.ts";
import type { Identity } from "./identity.ts";
import { endLeftovers } from "./leftovers.ts";
import type { Programs } from "./programs.ts";

/** How long the lock file of a killed postmaster may stand in the way: under a lazy init process it stays a zombie for a while. */
const staleLockMs = 10_000;
/** Longer than any start, but for one after a crash. */
const startMs = 60_000;
const [pollStartMs, pollLockMs] = [250, 100];
/** How long a PostgreSQL may take to accept a connection. */
const answerMs = 5_000;
/** What it says when it repeats what it had not yet written when it was killed. That ends, or it does, but nobody knows when. */
const recovering = /recovery in progress|redo starts/;
/** SQLSTATE of one that starts, recovers or stops. */
const cannotConnectNow = "57P03";

// `cat` ends when the pipe of a parent that was killed closes: PostgreSQL never outlives this process. After the start
// the shell lets go of stderr, so that the end of that pipe means that PostgreSQL is gone.
const script = `"$@" & p=$!; exec >/dev/null 2>&1; cat >/dev/null; kill -INT $p; wait $p`;

export interface EmbeddedOptions {
  /** The cluster's own directory. */
  readonly directory: string;
  readonly socketDirectory: string;
  readonly programs: Programs;
  readonly identity: Identity;
  /** Extra settings, e.g. `fsync=off` for tests. */
  readonly settings?: readonly string[] | undefined;
  /** Told when PostgreSQL went away and when it is back. */
  readonly onChange?: ((message: string) => void) | undefined;
}

export class EmbeddedPostgres implements AsyncDisposable {
  readonly connectionString: string;
  readonly #options: EmbeddedOptions;
  #child: ChildProcess | null = null;
  #watch: pg.Client | null = null;
  #joined = false;
  #wasRunning = false;
  readonly #closing = new AbortController();
  #revival: Promise<void> | null = null;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.connectionString = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(options.socketDirectory)}`;
  }

  /** True when another process runs it. */
  get joined(): boolean {
    return this.#joined;
  }

  /**
   * Joins a running PostgreSQL or starts one; when it goes away later it is started again.
   *
   * @throws StoreError when it cannot be started.
   */
  async start(): Promise<void> {
    const { directory, programs, identity } = this.#options;
    if (await this.#joinStarted()) return;
    // Only a first start may find nothing: a server whose data was taken away must not go on with an empty database.
    if (this.#wasRunning) await requireCluster(directory);
    else await ensureCluster(directory, programs, identity);
    const giveUpAt = performance.now() + staleLockMs;
    for (;;) {
      const failure = await this.#spawn();
      if (failure === null) return;
      const isHeld = /shared memory block .* is still in use/i.test(failure);
      // Empty: another process has made it in this moment.
      const isLocked = /lock file .* (already exists|is empty)/i.test(failure);
      if (!(isHeld || isLocked) || performance.now() > giveUpAt) {
        throw explainFailure(failure, directory);
      }
      if (isHeld) endLeftovers(directory);
      await delay(pollLockMs);
      if (await this.#joinStarted()) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#revival;
    const watch = this.#watch;
    this.#watch = null;
    await watch?.end();
    const child = this.#child;
    if (child?.exitCode !== null) return;
    const gone = once(child, "exit");
    child.stdin?.end();
    await gone;
  }

  /** True when another process runs it. One that is about to be ready is waited for, also after a crash. */
  async #joinStarted(): Promise<boolean> {
    for (let isReported = false; !this.#isClosed();) {
      const found = await this.#join();
      if (found !== "starting") return found === "joined";
      if (!isReported) this.#options.onChange?.(`The database in ${this.#options.directory} is not ready yet.`);
      isReported = true;
      await this.#rest(pollStartMs);
    }
    return false;
  }

  /** `joined` when a PostgreSQL answers that serves this very directory. */
  async #join(): Promise<"joined" | "starting" | "absent"> {
    const client = new pg.Client({
      connectionString: this.connectionString,
      application_name: "aod watch",
      connectionTimeoutMillis: answerMs,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ directory: string }>(
        "select current_setting('data_directory') as directory",
      );
      if (rows[0]?.directory !== this.#options.directory) {
        throw new StoreError(
          "start_failed",
          `The socket in ${this.#options.socketDirectory} serves another data directory.`,
        );
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      if (error instanceof StoreError) throw error;
      return toDatabaseError(error)?.code === cannotConnectNow ? "starting" : "absent";
    }
    this.#wasRunning = true;
    this.#joined = this.#child === null;
    this.#watch = client;
    client.once("end", () => {
      if (this.#watch === client) this.#revive();
    });
    return "joined";
  }

  /** @returns null when it accepts connections, else its last words. */
  async #spawn(): Promise<string | null> {
    const { directory, socketDirectory, programs, identity, settings = [], onChange } = this.#options;
    const all = [
      "listen_addresses=",
      `unix_socket_directories=${socketDirectory}`,
      "unix_socket_permissions=0700",
      "port=5432",
      "logging_collector=off",
      "log_checkpoints=off",
      "jit=off",
      // It ends instead, and is started again from here: PostgreSQL 18 waits for ever when its own restart fails, as it does
      // on a full disk.
      "restart_after_crash=off",
      ...(process.platform === "darwin" ? ["wal_sync_method=fsync_writethrough"] : []),
      ...settings,
    ];
    const argv = ["-c", script, "sh", programs.postgres, "-D", directory, ...all.flatMap((setting) => ["-c", setting])];
    const child = spawn("sh", argv, {
      cwd: "/",
      env: { LC_ALL: "C", PATH: process.env["PATH"] },
      stdio: ["pipe", "ignore", "pipe"],
      // Its own process group: Ctrl-C in a terminal must not stop the database before the server has closed.
      detached: true,
      ...identity.credentials,
    });
    child.stdin.on("error", () => undefined);
    let words = "";
    const ready = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => ready.resolve(false), startMs);
    const giveUp = () => ready.resolve(false);
    this.#closing.signal.addEventListener("abort", giveUp);
    let isRecovering = false;
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      words = (words + chunk).slice(-8_192);
      if (words.includes("ready to accept connections")) ready.resolve(true);
      if (isRecovering || !recovering.test(words)) return;
      isRecovering = true;
      clearTimeout(timer);
      onChange?.(`The database in ${directory} was not stopped properly and repeats its log. That may take a while.`);
    });
    child.stderr.once("close", () => {
      ready.resolve(false);
      child.stdin.end();
    });
    child.once("error", (error) => {
      words += error.message;
      ready.resolve(false);
    });
    const isReady = await ready.promise;
    clearTimeout(timer);
    this.#closing.signal.removeEventListener("abort", giveUp);
    if (isReady) {
      this.#child = child;
      child.once("exit", () => {
        if (this.#child === child) this.#child = null;
      });
      if ((await this.#join()) === "joined") return null;
    }
    child.stdin.end();
    if (child.exitCode === null && child.pid !== undefined) await once(child, "exit");
    return words || "it went away at once";
  }

  #revive(): void {
    if (this.#isClosed() || this.#revival !== null) return;
    this.#watch = null;
    const { onChange, directory } = this.#options;
    onChange?.(`The database in ${directory} went away; starting it again.`);
    this.#revival = (async () => {
      for (let wait = 100; !this.#isClosed(); wait = Math.min(wait * 2, 5_000)) {
        try {
          await this.start();
          onChange?.(`The database in ${directory} is back.`);
          return;
        } catch (error) {
          onChange?.(error instanceof Error ? error.message : String(error));
        }
        await this.#rest(wait);
      }
    })().finally(() => {
      this.#revival = null;
    });
  }

  /** A closing server does not wait for a database that will not come back. */
  async #rest(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }
}

/** The files of one data directory's database. */
export function clusterDirectory(dataDir: string): string {
  return join(dataDir, "postgres");
}
