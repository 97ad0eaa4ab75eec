/** What a formatter reads of a session's event: those of our SDK and of the wire fit. */
export interface FormatterEvent {
  readonly type: string;
  /** Of `output`: `stdout` or `stderr`. */
  readonly stream?: unknown;
  /** Of `output`: a piece of what the agent printed. */
  readonly data?: unknown;
  /** Of `exit`: the exit status. */
  readonly code?: unknown;
  /** Of `exit`: whether somebody asked the agent to stop. */
  readonly interrupted?: unknown;
  /** Of `turn_start`: the number of the turn, from 1. */
  readonly turn?: unknown;
}

/** Turns the output of an agent into entries to print, each with a line break behind it. */
export interface Formatter {
  /** Takes any event of a session, of any of its turns in their order. */
  consume(event: FormatterEvent): string[];
  /** Takes a piece of stdout, cut anywhere. */
  feed(chunk: string): string[];
  /** Returns what is still held back, when the stream is over. */
  flush(): string[];
}
