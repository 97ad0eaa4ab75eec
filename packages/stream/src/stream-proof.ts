import { RunningDigest } from "@aod/core/digest";
import { StreamIntegrityError } from "./errors.ts";

interface TextHash {
  update(text: string): unknown;
  hex(): string;
}

// Hashing is cheapest in large pieces.
const pieceLength = 2 ** 16;

/** Counts and hashes the logged events of a whole stream, as its server did, to compare both at the end. */
export class StreamProof {
  readonly #hash = createHash();
  #text = "";
  #count = 0;

  /** Adds the JSON of the next logged event that is not terminal. */
  add(json: string): void {
    this.#count++;
    this.#text += json + "\n";
    if (this.#text.length > pieceLength) this.#flush();
  }

  /**
   * Compares with what a terminal event says.
   *
   * @returns true when the stream is proved to be complete, false when the event says nothing about it
   * @throws StreamIntegrityError
   */
  verify({ count, digest }: { readonly count?: unknown; readonly digest?: unknown }): boolean {
    if (typeof count === "number" && count !== this.#count) {
      throw new StreamIntegrityError(`The stream has ${count} events, ${this.#count} were received.`);
    }
    if (typeof digest !== "string") return false;
    if (digest !== this.#flush().hex()) {
      throw new StreamIntegrityError(`The ${this.#count} events that were received differ from those recorded.`);
    }
    return true;
  }

  #flush(): TextHash {
    this.#hash.update(this.#text);
    this.#text = "";
    return this.#hash;
  }
}

interface NodeCrypto {
  createHash(name: string): { update(text: string): unknown; digest(encoding: "hex"): string };
}

/** SHA-256 of the runtime where it has one that works in steps, else our own. */
function createHash(): TextHash {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => NodeCrypto | undefined } };
  const hash = process?.getBuiltinModule?.("node:crypto")?.createHash("sha256");
  return hash ? { update: (text) => hash.update(text), hex: () => hash.digest("hex") } : new RunningDigest();
}
