import { commandRuntime } from "./command.ts";
import type { Runtime } from "./runtime.ts";

export { prepareTurn, type PreparedTurn, type TurnRequest } from "./prepare-turn.ts";
export type { McpServer, Runtime, RuntimeName } from "./runtime.ts";

const runtimes: ReadonlyMap<string, Runtime> = new Map([[commandRuntime.name, commandRuntime]]);

/** @throws Error when there is no such runtime: names are checked where agents are created. */
export function runtimeFor(name: string): Runtime {
  const runtime = runtimes.get(name);
  if (runtime === undefined) throw new Error(`Unknown runtime '${name}'. Known: ${[...runtimes.keys()].join(", ")}`);
  return runtime;
}
