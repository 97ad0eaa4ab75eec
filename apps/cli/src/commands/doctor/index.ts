import { exitCodes } from "../../cli-error.ts";
import { isLocal, resolveTarget } from "../../config.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { credentialsPath, isOpenToOthers } from "../../credentials.ts";
import { renderChecks } from "../../output/checks.ts";
import { chooseSymbols } from "../../output/symbols.ts";
import { modelKeys } from "../../runtimes.ts";
import { broken, ok, skipped, warning } from "./check.ts";
import type { Check, Finding } from "./check.ts";
import { checkDisk, checkGit, checkNode, checkNpm, checkPort, checkRuntimes, serverFolders } from "./machine.ts";
import { checkDatabase, checkDriver, checkKey, lookAtServer } from "./server.ts";

/** `aod doctor`: looks at everything a session needs and says how to mend what is missing. 1 when something is broken. */
export async function doctor(context: CommandContext, options: CommonOptions): Promise<Outcome> {
  const { env, signal } = context;
  const { url, key, saved } = await resolveTarget(options, env);
  const { Client } = await import("@aod/sdk");
  // Asking for its health needs no key, but the client insists on one.
  await using client = new Client({ baseUrl: url, token: key?.token ?? "none" });
  const { server, health } = await lookAtServer(client, signal);
  const hasKey = key !== undefined;
  const here = isLocal(url);
  const folders = serverFolders(env);
  const onServer = (look: () => Promise<Finding>): Promise<Finding> =>
    here ? look() : Promise.resolve(skipped("the server is on another machine"));

  const findings: Readonly<Record<string, Finding | Promise<Finding>>> = {
    node: checkNode(),
    server,
    key: !hasKey
      ? broken(
          saved ? `the saved one belongs to ${saved.url}` : "there is none",
          "Save one with: aod login (a server's first start here saves one too)",
        )
      : health
        ? checkKey(client, signal)
        : skipped("no server answers"),
    credentials: checkCredentials(credentialsPath(env)),
    driver: checkDriver(health, env),
    database: checkDatabase(health),
    port: onServer(() => (health ? Promise.resolve(ok("the server listens")) : checkPort(new URL(url)))),
    runtimes: onServer(() => checkRuntimes(folders.cache)),
    "model keys": checkModelKeys(env),
    npm: onServer(() => checkNpm(env)),
    git: onServer(() => checkGit(env)),
    disk: onServer(() => checkDisk([folders.data, folders.cache])),
  };
  const checks = await Promise.all(
    Object.entries(findings).map(async ([name, finding]): Promise<Check> => ({ name, ...(await finding) })),
  );
  const isBroken = checks.some(({ status }) => status === "broken");
  return {
    json: { ok: !isBroken, data: checks },
    text: (theme) => renderChecks(checks, theme, chooseSymbols(env)),
    exitCode: isBroken ? exitCodes.failed : exitCodes.done,
  };
}

async function checkCredentials(path: string): Promise<Finding> {
  try {
    return (await isOpenToOthers(path))
      ? warning(`${path} can be read by other users`, `chmod 600 ${path}`)
      : ok(`${path} is yours alone`);
  } catch {
    return ok("none are saved");
  }
}

function checkModelKeys(env: CommandContext["env"]): Finding {
  const names = modelKeys.filter((name) => env[name]);
  return names.length > 0
    ? ok(`${names.join(", ")}; hand one over with aod run --secret ${names[0]}`)
    : warning(
        "none is set here",
        "Agents need one, unless their environment or the server has it: export ANTHROPIC_API_KEY=...",
      );
}
