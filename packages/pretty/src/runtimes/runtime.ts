/** The agents whose output is decoded. The lines of every other program, `command` among them, pass through. */
export const runtimes = ["claude", "codex", "copilot", "droid", "gemini", "kilo", "opencode", "pi", "qwen"] as const;

/** An agent whose output is decoded. */
export type Runtime = (typeof runtimes)[number];

/** Any name is taken, because servers may run agents that this package does not know; editors offer those that it does. */
export type AnyRuntime = Runtime | (string & {});

export function isRuntime(name: string): name is Runtime {
  return runtimes.some((runtime) => runtime === name);
}
