import type { SessionEvent } from "@aod/sdk";
import type { CommandContext } from "../context.ts";
import { toWireEvent } from "../output/wire.ts";
import type { SessionDisplay } from "./session-display.ts";

/** One event a line, as JSON with the names of the HTTP API. */
export function createJsonDisplay({ stdout, stderr }: CommandContext): SessionDisplay {
  return {
    show: (event: SessionEvent) => stdout.write(`${JSON.stringify(toWireEvent(event))}\n`),
    note: (text) => stderr.write(`${text}\n`),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
