import type { Symbols } from "./symbols.ts";
import { toLine, truncate } from "./text.ts";
import type { Theme } from "./theme.ts";
import { renderMilliseconds } from "./time.ts";
import type { Writer } from "./writer.ts";

const frameMs = 100;
// Text that comes in quick succession would make the line flicker.
const restMs = 300;
const eraseLine = "\r\u001b[K";

export interface LiveLineOptions {
  /** The terminal; on anything else nothing is ever drawn. */
  readonly writer: Writer;
  /** False never draws either. */
  readonly enabled: boolean;
  readonly theme: Theme;
  readonly symbols: Symbols;
  readonly now: () => Date;
}

/**
 * The last line of a terminal: a spinner, what goes on, and for how long. Not from a library: those that are well kept
 * catch Ctrl-C themselves and wrap on a narrow terminal.
 */
export class LiveLine implements Disposable {
  readonly #options: LiveLineOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #label: string | null = null;
  #since = 0;
  #restUntil = 0;
  #frame = 0;
  /** False while text of the agent ends in the middle of a line. */
  #atLineStart = true;

  constructor(options: LiveLineOptions) {
    this.#options = options;
    if (options.enabled && options.writer.isTerminal) this.#timer = setInterval(() => this.#draw(), frameMs).unref();
  }

  /** What goes on from now; null for nothing worth a line. */
  set(label: string | null): void {
    if (label === this.#label) return;
    this.#label = label;
    this.#since = this.#options.now().getTime();
    if (label === null) void this.#erase();
    else this.#draw();
  }

  /** Writes text, with the line out of its way. */
  async write(writer: Writer, text: string): Promise<void> {
    if (text === "") return;
    if (this.#timer === undefined || !writer.isTerminal) return writer.write(text);
    const before = this.#atLineStart ? eraseLine : "";
    this.#atLineStart = text.endsWith("\n");
    this.#restUntil = this.#options.now().getTime() + restMs;
    await writer.write(before + text);
  }

  /** Begins a new line where text ended in the middle of one. */
  async finishLine(): Promise<void> {
    if (!this.#atLineStart) await this.write(this.#options.writer, "\n");
  }

  /** Takes the line away for good. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#label = null;
    void this.#erase();
  }

  #draw(): void {
    const { writer, theme, symbols, now } = this.#options;
    const time = now().getTime();
    if (this.#timer === undefined || this.#label === null || !this.#atLineStart || time < this.#restUntil) return;
    const sign = symbols.spinner[this.#frame++ % symbols.spinner.length] ?? "";
    const took = renderMilliseconds(time - this.#since);
    // One column stays free: a line that fills the last one wraps.
    const text = truncate(toLine(this.#label), Math.max(1, writer.width - took.length - 5));
    void writer.write(`${eraseLine}${theme.cyan(sign)} ${text} ${theme.dim(took)}`);
  }

  /** Where no text stands, there is this line, or a key that was pressed, such as `^C`, as the terminal shows it. */
  async #erase(): Promise<void> {
    if (this.#timer !== undefined && this.#atLineStart) await this.#options.writer.write(eraseLine);
  }
}
