import { createDecoder, createEventPrinter } from "@aod/pretty";
import type { AgentEvent, AgentResult, DecoderOptions, OutputStream, ProgramEnd, Theme } from "@aod/pretty";

/** Prints what the program of one turn writes. */
export interface TurnPrinter {
  /** Returns the text to print. */
  write(chunk: string, stream: OutputStream): string;
  /** The program has ended: what is still to print, and how the turn went. */
  end(end: ProgramEnd): { readonly text: string; readonly result: AgentResult | undefined };
}

/** As the printer of `@aod/pretty`, but for the verdict, which the caller prints where it belongs. */
export function createTurnPrinter(runtime: string, theme: Theme, options: DecoderOptions): TurnPrinter {
  const decoder = createDecoder(runtime, options);
  const printer = createEventPrinter(theme, { runtime });
  let answered = false;
  let result: AgentResult | undefined;
  const print = (event: AgentEvent): string => {
    if (event.type === "result") {
      result = event;
      const { text = "" } = event;
      // Some runtimes say the answer at their end only.
      return answered || text === "" ? "" : printer.write({ type: "message", role: "assistant", text, delta: false });
    }
    if (event.type === "message" && event.role === "assistant" && event.parent_id === undefined) answered = true;
    return printer.write(event);
  };
  return {
    write: (chunk, stream) => decoder.write(chunk, stream).map(print).join(""),
    end: (end) => ({ text: decoder.end(end).map(print).join("") + printer.end(), result }),
  };
}
