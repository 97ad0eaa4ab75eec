import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";

const retryMs = 250;

type WriteSync = (file: number, bytes: Buffer, offset: number, length: number, position: number) => number;

/**
 * Appends to the spool in order. When the disk is full it keeps what is left and tries again, so that nothing is lost and
 * the file never holds half a record before a whole one.
 */
export class SpoolWriter {
  readonly #file: number;
  readonly #onBlocked: (isBlocked: boolean) => void;
  readonly #writeSync: WriteSync;
  #position = 0;
  #waiting: Buffer[] = [];
  #retry: NodeJS.Timeout | undefined;
  #onDrained: (() => void)[] = [];

  /**
   * @param onBlocked The disk takes nothing more (true), or does again (false).
   * @param write What writes; a test passes a disk that is full.
   */
  constructor(path: string, onBlocked: (isBlocked: boolean) => void, write: WriteSync = writeSync) {
    this.#file = openSync(path, "wx", 0o600);
    this.#onBlocked = onBlocked;
    this.#writeSync = write;
  }

  append(record: Buffer): void {
    const { isBlocked } = this;
    this.#waiting.push(record);
    if (!isBlocked) this.#write();
  }

  /** The disk takes nothing more at the moment. */
  get isBlocked(): boolean {
    return this.#waiting.length > 0;
  }

  /** Everything is written. Waits as long as the disk is full. */
  async drain(): Promise<void> {
    if (this.isBlocked) await new Promise<void>((resolve) => this.#onDrained.push(resolve));
  }

  /** Everything is written and on the disk. Waits as long as the disk is full. */
  async close(): Promise<void> {
    await this.drain();
    fsyncSync(this.#file);
    closeSync(this.#file);
  }

  #write(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined) {
        this.#resume();
        return;
      }
      const written = this.#tryWrite(next);
      this.#position += written;
      if (written === next.length) this.#waiting.shift();
      else {
        this.#waiting[0] = next.subarray(written);
        if (written === 0) {
          this.#wait();
          return;
        }
      }
    }
  }

  #tryWrite(bytes: Buffer): number {
    try {
      return this.#writeSync(this.#file, bytes, 0, bytes.length, this.#position);
    } catch {
      // ENOSPC, EDQUOT, EIO: all may pass, and there is nobody to tell.
      return 0;
    }
  }

  #wait(): void {
    if (this.#retry === undefined) this.#onBlocked(true);
    this.#retry = setTimeout(() => this.#write(), retryMs);
  }

  #resume(): void {
    if (this.#retry !== undefined) this.#onBlocked(false);
    this.#retry = undefined;
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }
}
