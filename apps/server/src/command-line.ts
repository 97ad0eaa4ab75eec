import { parseArgs } from "node:util";
import { AodError } from "@aod/core/errors";
import { adminOptions, findAdminCommand, runAdminCommand } from "./admin-commands.ts";
import { readEnv } from "./env.ts";
import type { ServerEnv } from "./env.ts";
import { openLogOutput } from "./log-output.ts";
import { createLogger } from "./logger.ts";
import { toReadableLine } from "./readable-log.ts";
import { startServer } from "./server.ts";
import type { RunningServer } from "./server.ts";
import { readVersion } from "./version.ts";

const usage = `Usage: aod-server [options]
       aod-server owners create NAME [--max-sessions N]
       aod-server owners limit NAME N|default
       aod-server owners link NAME ISSUER SUBJECT
       aod-server owners unlink ISSUER SUBJECT
       aod-server keys create OWNER [--name NAME]
       aod-server keys reseal

Runs the API and the worker of Agent on Demand. The other commands change its database, also while it runs.

  --port N         port to listen on; 0 picks a free one   (AOD_PORT, 8777)
  --host ADDRESS   address to listen on                    (AOD_HOST, 127.0.0.1)
  --data-dir PATH  database, key and sandboxes             (AOD_DATA_DIR)
  --driver NAME    what makes sandboxes: local             (AOD_DRIVER)
  --role NAME      all, api or worker                      (AOD_ROLE, all)
  --json           machine-readable lines on stdout
  --max-sessions N pending and running sessions of this owner (AOD_MAX_CONCURRENT_SESSIONS)
  --name NAME      what the new key is called in lists
  --version, --help
`;

/** What the program writes to and is ended by; a test passes its own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  error(text: string): void;
  /** Whether somebody reads along, as it happens. @default false */
  readonly isTerminal?: boolean;
  /** Resolves when the server should close. */
  readonly stop: Promise<unknown>;
}

const variables = {
  port: "AOD_PORT",
  host: "AOD_HOST",
  "data-dir": "AOD_DATA_DIR",
  driver: "AOD_DRIVER",
  role: "AOD_ROLE",
} as const;

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      port: { type: "string" },
      host: { type: "string" },
      "data-dir": { type: "string" },
      driver: { type: "string" },
      role: { type: "string" },
      "max-sessions": { type: "string" },
      name: { type: "string" },
      json: { type: "boolean", default: false },
      version: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
}

/** The line that tells a program or a person that the server answers. */
function renderReady(server: RunningServer, json: boolean): string {
  const { url, role, driver, database, firstKey } = server;
  if (json) {
    const created =
      firstKey === null ? "" : `${JSON.stringify({ event: "owner_created", owner: "default", ...firstKey })}\n`;
    return `${created}${JSON.stringify({ event: "ready", url, role, driver, database, pid: process.pid })}\n`;
  }
  const lines = [url === null ? "Worker is ready." : `Agent on Demand is ready at ${url}`];
  if (firstKey !== null) {
    lines.push(
      `  API key of the owner "default", shown only now: ${firstKey.key}`,
      firstKey.savedIn === null
        ? "  It could not be saved: keep it."
        : `  Saved in ${firstKey.savedIn}, where aod finds it.`,
    );
  }
  if (driver === "local") lines.push("  Driver local: agents run on this machine WITHOUT ISOLATION.");
  if (driver === null) lines.push("  No driver: new sessions are refused. Choose one with --driver local.");
  return `${lines.join("\n")}\n`;
}

/** Whether the log is for a person: on a terminal, unless its level was chosen or programs read along. */
function isForPerson({ isTerminal = false, env }: Terminal, json: boolean): boolean {
  return isTerminal && !json && !env["AOD_LOG_LEVEL"];
}

async function serve(env: ServerEnv, json: boolean, terminal: Terminal): Promise<void> {
  const forPerson = isForPerson(terminal, json);
  const server = await startServer(env, createLogger(env, openLogOutput(forPerson ? toReadableLine : undefined)));
  try {
    terminal.out(renderReady(server, json));
    await terminal.stop;
  } finally {
    await server.close();
  }
  // In place of the ^C that the terminal shows.
  if (forPerson) terminal.out("\rStopped. Running turns go on.\n");
}

/**
 * Runs the program.
 *
 * @returns its exit code: 0 done, 1 failed, 2 misused.
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    terminal.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help || values.version) {
    terminal.out(values.help ? usage : `${readVersion()}\n`);
    return 0;
  }
  const admin = findAdminCommand(positionals);
  if (admin === null && positionals.length > 0) {
    terminal.error(`There is no command ${JSON.stringify(positionals.join(" "))}.\n\n${usage}`);
    return 2;
  }
  const misplaced = adminOptions.find(
    (option) => values[option] !== undefined && admin?.command.options.includes(option) !== true,
  );
  if (misplaced !== undefined) {
    terminal.error(`--${misplaced} does not belong here.\n\n${usage}`);
    return 2;
  }
  const flags = Object.entries(variables).flatMap(([flag, variable]) => {
    const value = values[flag as keyof typeof variables];
    return value === undefined ? [] : [[variable, value] as const];
  });
  try {
    const quiet = isForPerson(terminal, values.json) ? { AOD_LOG_LEVEL: "warn" } : {};
    const env = readEnv({ ...terminal.env, ...quiet, ...Object.fromEntries(flags) });
    if (admin === null) {
      await serve(env, values.json, terminal);
    } else {
      const { json, text } = await runAdminCommand(admin, { env, options: values });
      terminal.out(values.json ? `${JSON.stringify(json)}\n` : text);
    }
    return 0;
  } catch (error) {
    // What we throw on purpose says what to do; of anything else the trace is what helps.
    const text = AodError.isInstance(error)
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
    terminal.error(`${text}\n`);
    return 1;
  }
}
