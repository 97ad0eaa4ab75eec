import type { AgentEvent, AgentUsage } from "@aod/core";
import { ClaudeFormatter } from "./claude-formatter.ts";
import { createDecoder } from "./decoder.ts";
import { createEventPrinter } from "./event-printer.ts";
import type { EventPrinter } from "./event-printer.ts";
import type { Formatter, FormatterEvent } from "./formatter.ts";
import { LineSplitter } from "./line-splitter.ts";
import { toPrintableLines } from "./printable.ts";
import { isRuntime } from "./runtimes/runtime.ts";
import type { Runtime, AnyRuntime } from "./runtimes/runtime.ts";
import type { Theme } from "./theme.ts";
import type { Decoder, OutputStream, ProgramEnd } from "./types.ts";

/**
 * The formatter of a runtime: of `claude` the lines of the Python client, of other agents what `createPrinter` prints
 * of each turn, with stderr and the usage of that turn. Of `command` and names that are not in `runtimes`, the lines of
 * stdout with nothing but escape sequences taken out.
 *
 * @param theme Ignored where the lines do not come from `createPrinter`.
 */
export function formatterFor(runtime: AnyRuntime, theme: Partial<Theme> = {}): Formatter {
  if (runtime === "claude") return new ClaudeFormatter();
  return isRuntime(runtime) ? new AgentFormatter(runtime, theme) : new LineFormatter();
}

/** Runs through the turns of a session: each ends with `exit` or when the next one starts. */
class AgentFormatter implements Formatter {
  readonly #runtime: Runtime;
  readonly #theme: Partial<Theme>;
  /** What prints the turn that is running. */
  #turn: { readonly decoder: Decoder; readonly printer: EventPrinter } | undefined;
  /** 0: nothing has come yet. */
  #turnNumber = 0;
  /** What the conversation had used before this turn; undefined when turns before it were not seen. */
  #usageBefore: AgentUsage | undefined = {};
  #line = "";

  constructor(runtime: Runtime, theme: Partial<Theme>) {
    this.#runtime = runtime;
    this.#theme = theme;
  }

  consume(event: FormatterEvent): string[] {
    switch (event.type) {
      case "turn_start":
        return this.#startTurn(event.turn);
      case "output": {
        const { stream, data } = event;
        return typeof data === "string" && (stream === "stdout" || stream === "stderr")
          ? this.#write(data, stream)
          : [];
      }
      case "exit": {
        const exitCode = typeof event.code === "number" ? event.code : null;
        return this.#end({ exitCode, interrupted: event.interrupted === true });
      }
      default:
        return [];
    }
  }

  feed(chunk: string): string[] {
    return this.#write(chunk, "stdout");
  }

  flush(): string[] {
    // Nobody told the exit status: what the agent said of its end is believed, and that it said nothing is a failure.
    return this.#turn ? this.#end({ exitCode: 0 }) : [];
  }

  #startTurn(turn: unknown): string[] {
    const lines = this.flush();
    if (typeof turn !== "number") return lines;
    if (turn === 1) this.#usageBefore = {};
    else if (turn > this.#turnNumber + 1) this.#usageBefore = undefined;
    this.#turnNumber = turn;
    return lines;
  }

  #write(chunk: string, stream: OutputStream): string[] {
    const { decoder } = this.#current();
    return this.#print(decoder.write(chunk, stream));
  }

  /** A program that wrote nothing at all has a result too. */
  #end(end: ProgramEnd): string[] {
    const { decoder, printer } = this.#current();
    const events = decoder.end(end);
    const lines = [...this.#print(events), ...this.#split(printer.end())];
    const result = events.at(-1);
    if (result?.type === "result") this.#usageBefore = result.thread_usage ?? this.#usageBefore;
    this.#turn = undefined;
    return lines;
  }

  #current() {
    this.#turnNumber ||= 1;
    const options = this.#usageBefore === undefined ? {} : { usageBefore: this.#usageBefore };
    this.#turn ??= {
      decoder: createDecoder(this.#runtime, options),
      printer: createEventPrinter(this.#theme, { runtime: this.#runtime }),
    };
    return this.#turn;
  }

  #print(events: readonly AgentEvent[]): string[] {
    const { printer } = this.#current();
    return this.#split(events.map((event) => printer.write(event)).join(""));
  }

  #split(text: string): string[] {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    return lines;
  }
}

class LineFormatter implements Formatter {
  readonly #lines = new LineSplitter();

  consume({ type, stream, data }: FormatterEvent): string[] {
    return type === "output" && stream === "stdout" && typeof data === "string" ? this.feed(data) : [];
  }

  feed(chunk: string): string[] {
    return this.#lines.write(chunk).flatMap(toPrintableLines);
  }

  flush(): string[] {
    return this.#lines.end().flatMap(toPrintableLines);
  }
}
