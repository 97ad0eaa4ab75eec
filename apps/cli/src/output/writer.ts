/** Where text goes: a process stream, or an array in tests. */
export interface Writer {
  readonly isTerminal: boolean;
  /** Columns of the terminal, `Infinity` elsewhere. */
  readonly width: number;
  /** Resolves when more may be written; slow readers slow the command down instead of filling memory. */
  write(text: string): Promise<void>;
}

/** The process's own stream as a {@link Writer}. Writing to a reader that has gone calls `onClosed` once and then drops text. */
export function createStreamWriter(stream: NodeJS.WriteStream, onClosed: () => void = () => undefined): Writer {
  let closed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
    if (closed) return;
    closed = true;
    onClosed();
  });
  return {
    isTerminal: stream.isTTY,
    get width() {
      return stream.isTTY ? stream.columns : Infinity;
    },
    write: (text) =>
      new Promise((resolve) => {
        // The callback also comes with an error, which the listener above deals with.
        if (closed) resolve();
        else stream.write(text, () => resolve());
      }),
  };
}
