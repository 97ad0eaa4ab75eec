import { fstatSync, writeSync } from "node:fs";

const standardError = 2;
/** About a thousand lines. More wait for nobody: their reader has stopped reading. */
const maxWaitingBytes = 1024 * 1024;

/**
 * Where a server's log goes. Neither a reader that stopped reading, nor one that is gone, nor a full disk holds the server
 * up or ends it: lines are dropped then, and the next line that can be written says how many.
 */
export class LogOutput {
  readonly #write: (line: string) => void;
  readonly #waitingBytes: () => number;
  #dropped = 0;

  constructor(write: (line: string) => void, waitingBytes: () => number = () => 0) {
    this.#write = write;
    this.#waitingBytes = waitingBytes;
  }

  write(line: string): void {
    if (this.#waitingBytes() > maxWaitingBytes) this.#dropped += 1;
    else if (this.#reportDropped()) this.#try(line);
  }

  #reportDropped(): boolean {
    if (this.#dropped === 0) return true;
    const dropped = this.#dropped;
    const entry = {
      level: 40,
      time: Date.now(),
      pid: process.pid,
      dropped,
      msg: "lines of this log could not be written",
    };
    if (this.#try(`${JSON.stringify(entry)}\n`)) {
      this.#dropped = 0;
      return true;
    }
    return false;
  }

  #try(line: string): boolean {
    try {
      this.#write(line);
      return true;
    } catch {
      this.#dropped += 1;
      return false;
    }
  }
}

/**
 * The log on standard error.
 *
 * @param render Makes another line of each, for people.
 */
export function openLogOutput(render: (line: string) => string = (line) => line): LogOutput {
  const stream = process.stderr;
  // To a file it is written at once: a stream that once failed to write would stay broken when there is space again.
  if (fstatSync(standardError).isFile()) return new LogOutput(fileWriter(standardError));
  // A pipe takes only so much, and a blocking write would then stop the whole server, its end included.
  return new LogOutput(
    (line) => void stream.write(render(line)),
    () => stream.writableLength,
  );
}

/** @returns what throws unless the whole line was written; the next one then begins on a line of its own. */
function fileWriter(file: number): (line: string) => void {
  let isTorn = false;
  return (line) => {
    const bytes = Buffer.from(isTorn ? `\n${line}` : line);
    const written = writeSync(file, bytes);
    if (written > 0) isTorn = written < bytes.length;
    if (written < bytes.length) throw new Error("only a part of the line was written");
  };
}
