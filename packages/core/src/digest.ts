const blockBytes = 64;
const encoder = new TextEncoder();

/**
 * A SHA-256 over text that grows, whose state can be stored and taken up again later, also by another process.
 *
 * It is how the completeness of an event stream is proved: the digest of a session covers, for each logged event that
 * is not terminal, the JSON of its `data:` line and one line feed. Pure, synchronous, runs anywhere.
 */
export class RunningDigest {
  readonly #words = rootFractions(8, 1 / 2);
  readonly #block = new Uint8Array(blockBytes);
  #length = 0;

  /**
   * Takes up a digest where `save()` left it.
   *
   * @param state what `save()` returned; `""` is a digest of nothing
   * @throws RangeError when `state` was not made by `save()`
   */
  static restore(state: string): RunningDigest {
    const digest = new RunningDigest();
    if (state === "") return digest;
    const [words = "", length = "", block = ""] = state.split(":");
    digest.#length = Number(length);
    if (!/^[\da-f]{64}:\d+:[\da-f]*$/.test(state) || block.length !== (digest.#length % blockBytes) * 2) {
      throw new RangeError("This is not the state of a RunningDigest.");
    }
    for (let i = 0; i < 8; i++) digest.#words[i] = parseInt(words.slice(i * 8, i * 8 + 8), 16);
    for (let i = 0; i < block.length / 2; i++) digest.#block[i] = parseInt(block.slice(i * 2, i * 2 + 2), 16);
    return digest;
  }

  /** Adds text, as UTF-8. */
  update(text: string): this {
    return this.#add(encoder.encode(text));
  }

  /** The SHA-256 of all text so far in lower-case hexadecimal. Does not end the digest. */
  hex(): string {
    const end = RunningDigest.restore(this.save());
    const padding = new Uint8Array(blockBytes + 8 - ((this.#length + 8) % blockBytes));
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, BigInt(this.#length) * 8n);
    return end.#add(padding).#wordsHex();
  }

  /** The state as a short string of ASCII characters, for `restore()`. */
  save(): string {
    const block = Array.from(this.#block.subarray(0, this.#length % blockBytes), (byte) => hex(byte, 2));
    return `${this.#wordsHex()}:${this.#length}:${block.join("")}`;
  }

  #wordsHex(): string {
    return Array.from(this.#words, (word) => hex(word >>> 0, 8)).join("");
  }

  #add(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length;) {
      const filled = this.#length % blockBytes;
      const size = Math.min(blockBytes - filled, bytes.length - at);
      if (size === blockBytes) {
        compress(this.#words, bytes, at);
      } else {
        this.#block.set(bytes.subarray(at, at + size), filled);
        if (filled + size === blockBytes) compress(this.#words, this.#block, 0);
      }
      this.#length += size;
      at += size;
    }
    return this;
  }
}

const schedule = /* @__PURE__ */ new Int32Array(64);
const roundConstants = /* @__PURE__ */ rootFractions(64, 1 / 3);

/** FIPS 180-4, sections 4.2.2 and 5.3.3: the first 32 bits of the fractions of the roots of the first primes. */
function rootFractions(count: number, exponent: number): Int32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  return Int32Array.from(primes, (prime) => (prime ** exponent % 1) * 2 ** 32);
}

/** FIPS 180-4, section 6.2.2: takes one block of 64 bytes, which begins at `offset`, into the eight `words`. */
function compress(words: Int32Array, bytes: Uint8Array, offset: number): void {
  let [a, b, c, d, e, f, g, h] = words as unknown as [number, number, number, number, number, number, number, number];
  const block = new DataView(bytes.buffer, bytes.byteOffset + offset);
  for (let i = 0; i < 64; i++) {
    if (i < 16) {
      schedule[i] = block.getInt32(i * 4);
    } else {
      const x = schedule[i - 15] as number;
      const y = schedule[i - 2] as number;
      schedule[i] =
        (schedule[i - 16] as number) +
        (schedule[i - 7] as number) +
        (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) +
        (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10));
    }
    const t =
      h +
      (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
      ((e & f) ^ (~e & g)) +
      (roundConstants[i] as number) +
      (schedule[i] as number);
    const u = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + t) | 0;
    d = c;
    c = b;
    b = a;
    a = (t + u) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => (words[i] = (words[i] as number) + value));
}

function rotate(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by));
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
