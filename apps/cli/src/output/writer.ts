import { CliError } from "../cli-error.ts";

/** Where text goes: a process stream, or an array in tests. */
export interface Writer {
  readonly isTerminal: boolean;
  /** Columns of the terminal, `Infinity` elsewhere. */
  readonly width: number;
  /** Rows of the terminal, `Infinity` elsewhere. @default Infinity */
  readonly height?: number;
  /** Resolves when more may be written; slow readers slow the command down instead of filling memory. */
  write(text: string): Promise<void>;
}

/**
 * The process's own stream as a {@link Writer}. When its reader is gone, `onClosed` is called once and text is dropped.
 *
 * @returns a writer whose `write` rejects with a CliError when the text cannot be written for another reason.
 */
export function createStreamWriter(stream: NodeJS.WriteStream, onClosed: () => void = () => undefined): Writer {
  let closed = false;
  // Each failure also reaches the callback of its write; without a listener it would end the process with a stack.
  stream.on("error", () => undefined);
  return {
    isTerminal: stream.isTTY,
    get width() {
      return stream.isTTY ? stream.columns : Infinity;
    },
    get height() {
      return stream.isTTY ? stream.rows : Infinity;
    },
    write: (text) =>
      new Promise((resolve, reject) => {
        if (closed) {
          resolve();
          return;
        }
        stream.write(text, (error) => {
          if (!error) {
            resolve();
          } else if (isReaderGone(error)) {
            if (!closed) onClosed();
            closed = true;
            resolve();
          } else {
            reject(new CliError(`Cannot write the output: ${error.message}`, { cause: error }));
          }
        });
      }),
  };
}

/** Where the pipe is a socket, as between Node programs, a reader that goes with text unread resets it. */
const readerGone = ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"];

function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code !== undefined && readerGone.includes(code);
}
