import type { Runtime } from "./runtime.ts";

/** Runs the agent's own argv with the prompt on standard input. Needs no key and installs nothing. */
export const commandRuntime: Runtime = {
  name: "command",
  interruptSignal: "SIGINT",
  configure: () => Promise.resolve(),
  command: (context) => ({ argv: toArgv(context.command), env: {} }),
};

function toArgv(command: readonly string[] | null): readonly [string, ...string[]] {
  const [program, ...rest] = command ?? [];
  return program === undefined ? ["bash"] : [program, ...rest];
}
