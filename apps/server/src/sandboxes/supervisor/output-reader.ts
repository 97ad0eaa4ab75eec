import type { Readable } from "node:stream";
import { encodeOutput } from "./spool-format.ts";
import type { SpoolWriter } from "./spool-writer.ts";
import { unfinishedBytes } from "./whole-characters.ts";

/** Moves one output stream of the program into the spool, in whole characters. */
export class OutputReader {
  /** The stream has ended: everybody who held its other end is gone. */
  readonly ended: Promise<void>;
  readonly #source: Readable;
  readonly #name: "stdout" | "stderr";
  readonly #spool: SpoolWriter;
  readonly #onBytes: (count: number) => void;
  #rest: Buffer = Buffer.alloc(0);

  /** @param onBytes Called behind each write to the spool with how much it was. */
  constructor(name: "stdout" | "stderr", source: Readable, spool: SpoolWriter, onBytes: (count: number) => void) {
    this.#name = name;
    this.#source = source;
    this.#spool = spool;
    this.#onBytes = onBytes;
    source.on("data", (chunk: Buffer) => this.#take(chunk));
    this.ended = new Promise((resolve) => {
      source.on("close", resolve);
      source.on("end", resolve);
      source.on("error", () => resolve());
    });
  }

  pause(): void {
    this.#source.pause();
  }

  resume(): void {
    this.#source.resume();
  }

  /** Keeps what the stream ended with, be it half a character, and reads no further. */
  finish(): void {
    this.#source.removeAllListeners("data");
    this.#source.destroy();
    if (this.#rest.length > 0) this.#spool.append(encodeOutput(this.#name, Date.now(), this.#rest));
    this.#rest = Buffer.alloc(0);
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const whole = bytes.length - unfinishedBytes(bytes);
    this.#rest = bytes.subarray(whole);
    if (whole > 0) this.#spool.append(encodeOutput(this.#name, Date.now(), bytes.subarray(0, whole)));
    this.#onBytes(chunk.length);
  }
}
