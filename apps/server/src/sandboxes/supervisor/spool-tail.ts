import { watch, type FSWatcher } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { decodeRecord, type SpoolRecord } from "./spool-format.ts";

const pageBytes = 256 * 1024;
const pollMs = 200;

export interface SpoolTailOptions {
  readonly path: string;
  /** Where the first record to read begins. */
  readonly offset: number;
  readonly signal: AbortSignal;
  /** Asked when there is nothing to read: whether anybody is left who could write more. */
  readonly isWriterAlive: () => boolean;
}

/**
 * The records of a spool from `offset` on, following until the end record. A record that is not all there yet is waited
 * for. Without an end record it finishes when the writer is dead, after a last look.
 *
 * @throws the signal's reason when it aborts.
 */
export async function* tailSpool(
  options: SpoolTailOptions,
): AsyncGenerator<SpoolRecord & { readonly nextOffset: number }> {
  const { path, signal } = options;
  const changes = new ChangeWatch(path);
  let file: FileHandle | null = null;
  let offset = options.offset;
  let rest: Buffer = Buffer.alloc(0);
  let isLastLook = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const seen = changes.count;
      file ??= await openIfThere(path);
      if (file !== null) changes.start();
      const page: Buffer = file === null ? Buffer.alloc(0) : await readPage(file, offset + rest.length);
      if (page.length > 0) {
        let bytes = rest.length > 0 ? Buffer.concat([rest, page]) : page;
        for (let record = decodeRecord(bytes); record !== null; record = decodeRecord(bytes)) {
          bytes = bytes.subarray(record.length);
          offset += record.length;
          yield { ...record, nextOffset: offset };
          if (record.kind === "end") return;
        }
        rest = bytes;
      } else if (isLastLook) {
        return;
      } else if (changes.count === seen) {
        if (!options.isWriterAlive()) isLastLook = true;
        else await changes.wait(signal);
      }
    }
  } finally {
    changes.close();
    await file?.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function readPage(file: FileHandle, position: number): Promise<Buffer> {
  const page = Buffer.allocUnsafe(pageBytes);
  const { bytesRead } = await file.read(page, 0, pageBytes, position);
  return page.subarray(0, bytesRead);
}

/** Counts changes of a file. The watch makes it quick; the poll is for file systems and limits that give no watch. */
class ChangeWatch {
  count = 0;
  readonly #path: string;
  #watcher: FSWatcher | null | undefined;
  #wake: (() => void) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  start(): void {
    if (this.#watcher !== undefined) return;
    try {
      const watcher = watch(this.#path, () => this.#changed());
      watcher.on("error", () => watcher.close());
      this.#watcher = watcher;
      // What was written before the watch existed is looked for once more.
      this.#changed();
    } catch {
      this.#watcher = null;
    }
  }

  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), this.#watcher ? pollMs : pollMs / 10);
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  close(): void {
    this.#watcher?.close();
  }

  #changed(): void {
    this.count += 1;
    this.#wake?.();
  }
}
