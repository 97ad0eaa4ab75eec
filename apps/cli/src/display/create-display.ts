import type { Client } from "@aod/sdk";
import { misuse } from "../cli-error.ts";
import type { CommandContext } from "../context.ts";
import { createJsonDisplay } from "./json-display.ts";
import type { PrettyDisplayOptions } from "./pretty-display.ts";
import { PrettyDisplay } from "./pretty-display.ts";
import { createRawDisplay } from "./raw-display.ts";
import type { SessionDisplay } from "./session-display.ts";

const modes = ["pretty", "raw", "json"] as const;
type DisplayMode = (typeof modes)[number];

/** How the events of a session are to be shown, as flags. */
export interface DisplayFlags {
  readonly json?: boolean;
  readonly raw?: boolean;
  readonly pretty?: boolean;
  readonly quiet?: boolean;
}

export interface DisplayOptions extends Omit<PrettyDisplayOptions, "loadTurns" | "quiet"> {
  readonly client: Client;
  /** Of the session. */
  readonly id: string;
  readonly flags: DisplayFlags;
  /** Where neither a flag nor `AOD_OUTPUT` says. @default "pretty" */
  readonly fallback?: DisplayMode;
  /** Stages also where the output is raw. */
  readonly stages?: boolean | undefined;
}

/**
 * The display that flags, `AOD_OUTPUT` or the command itself choose, in this order.
 *
 * @throws CliError (2) when `AOD_OUTPUT` is none of them.
 */
export function createDisplay(context: CommandContext, options: DisplayOptions): SessionDisplay {
  const { client, id, flags, fallback = "pretty", ...rest } = options;
  switch (chooseMode(flags, context.env["AOD_OUTPUT"], fallback)) {
    case "json":
      return createJsonDisplay(context);
    case "raw":
      return createRawDisplay(context, rest);
    case "pretty":
      return new PrettyDisplay(context, {
        ...rest,
        quiet: flags.quiet,
        loadTurns: () => client.sessions.turns(id, { signal: context.signal }),
      });
  }
}

function chooseMode(flags: DisplayFlags, wanted: string | undefined, fallback: DisplayMode): DisplayMode {
  const flagged = modes.find((mode) => flags[mode]);
  if (flagged || !wanted) return flagged ?? fallback;
  const mode = modes.find((each) => each === wanted);
  if (!mode) throw misuse(`AOD_OUTPUT is ${JSON.stringify(wanted)}.`, `Set it to one of: ${modes.join(", ")}`);
  return mode;
}
