import { ClaudeFormatter } from "./claude-formatter.ts";
import type { Formatter, FormatterEvent } from "./formatter.ts";
import { LineSplitter } from "./line-splitter.ts";
import { createPrinter } from "./printer.ts";
import type { Printer } from "./printer.ts";
import { toPrintableLines } from "./printable.ts";
import { lineDecoders } from "./runtimes/line-decoders.ts";
import type { Theme } from "./theme.ts";

/**
 * The formatter of a runtime: of `claude` the lines of the Python client, of other agents what `createPrinter` prints, of
 * `command` and runtimes that we do not know their lines with nothing but escape sequences taken out.
 *
 * @param theme Ignored where the lines do not come from `createPrinter`.
 */
export function formatterFor(runtime: string, theme: Partial<Theme> = {}): Formatter {
  if (runtime === "claude") return new ClaudeFormatter();
  if (runtime === "command" || !lineDecoders.has(runtime)) return new LineFormatter();
  return new AgentFormatter(() => createPrinter({ runtime, theme }));
}

/** Runs through the turns of a session: each ends with `exit` or when the next one starts. */
class AgentFormatter implements Formatter {
  readonly #createPrinter: () => Printer;
  /** Of the turn that is running. */
  #printer: Printer | undefined;
  #line = "";

  constructor(create: () => Printer) {
    this.#createPrinter = create;
  }

  consume(event: FormatterEvent): string[] {
    const data = stdoutOf(event);
    if (data !== undefined) return this.feed(data);
    if (event.type === "turn_start") return this.flush();
    return event.type === "exit" && typeof event.code === "number" ? this.#end(event.code) : [];
  }

  feed(chunk: string): string[] {
    this.#printer ??= this.#createPrinter();
    return this.#split(this.#printer.write(chunk));
  }

  flush(): string[] {
    // Nobody told the exit status: what the agent said of its end is believed, and that it said nothing is a failure.
    return this.#end(0);
  }

  #end(exitCode: number): string[] {
    const text = this.#printer?.end({ exitCode }) ?? "";
    this.#printer = undefined;
    return this.#split(text);
  }

  #split(text: string): string[] {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    return lines;
  }
}

class LineFormatter implements Formatter {
  readonly #lines = new LineSplitter();

  consume(event: FormatterEvent): string[] {
    const data = stdoutOf(event);
    return data === undefined ? [] : this.feed(data);
  }

  feed(chunk: string): string[] {
    return this.#lines.write(chunk).flatMap(toPrintableLines);
  }

  flush(): string[] {
    return this.#lines.end().flatMap(toPrintableLines);
  }
}

function stdoutOf({ type, stream, data }: FormatterEvent): string | undefined {
  return type === "output" && stream === "stdout" && typeof data === "string" ? data : undefined;
}
