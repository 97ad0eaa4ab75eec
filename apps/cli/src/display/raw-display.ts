import type { CommandContext } from "../context.ts";
import type { SessionDisplay } from "./session-display.ts";

export interface RawDisplayOptions {
  /** Leave out the output of earlier turns. */
  readonly fromTurn?: number | undefined;
  /** Provisioning stages on standard error. */
  readonly stages?: boolean | undefined;
}

/** What the program wrote, byte by byte, each stream to its own. */
export function createRawDisplay({ stdout, stderr }: CommandContext, options: RawDisplayOptions): SessionDisplay {
  return {
    show: async (event) => {
      if (event.type === "output") {
        if ((event.turn ?? Infinity) >= (options.fromTurn ?? 0)) {
          await (event.stream === "stderr" ? stderr : stdout).write(event.data);
        }
      } else if (event.type === "stage" && options.stages && event.state !== "started") {
        const took = event.durationMs === undefined ? "" : ` in ${Math.round(event.durationMs)} ms`;
        await stderr.write(`${event.stage}: ${event.state}${took}${event.message ? `: ${event.message}` : ""}\n`);
      }
    },
    note: (text) => stderr.write(`${text}\n`),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
