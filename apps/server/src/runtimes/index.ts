import type { RuntimeName } from "@aod/core";
import { claudeRuntime } from "./claude.ts";
import { codexRuntime } from "./codex.ts";
import { commandRuntime } from "./command.ts";
import { geminiRuntime } from "./gemini.ts";
import { opencodeRuntime } from "./opencode.ts";
import type { Runtime } from "./runtime.ts";

export { RuntimeInstallError } from "./install.ts";
export { prepareTurn } from "./prepare-turn.ts";
export type { Runtime } from "./runtime.ts";

const runtimes: Readonly<Record<RuntimeName, Runtime>> = {
  command: commandRuntime,
  claude: claudeRuntime,
  codex: codexRuntime,
  gemini: geminiRuntime,
  opencode: opencodeRuntime,
};

/** @throws Error when there is no such runtime: names are checked where agents are created. */
export function runtimeFor(name: string): Runtime {
  const runtime = Object.hasOwn(runtimes, name) ? runtimes[name as RuntimeName] : undefined;
  if (runtime === undefined) throw new Error(`Unknown runtime '${name}'. Known: ${Object.keys(runtimes).join(", ")}`);
  return runtime;
}
