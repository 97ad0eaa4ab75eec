const blockBytes = 64;
const encoder = /* @__PURE__ */ new TextEncoder();

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
    if (state !== "") {
      const [length = 0, ...numbers] = state.split(",").map(Number);
      digest.#length = length;
      digest.#words.set(numbers.splice(0, 8));
      digest.#block.set(numbers.slice(0, blockBytes));
      if (digest.save() !== state) throw new RangeError("This is not the state of a RunningDigest.");
    }
    return digest;
  }

  /** Adds text, as UTF-8. */
  update(text: string): this {
    return this.#add(encoder.encode(text));
  }

  /** The SHA-256 of all text so far in lower-case hexadecimal. Does not end the digest. */
  hex(): string {
    const padding = new Uint8Array(blockBytes + 8 - ((this.#length + 8) % blockBytes));
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, BigInt(this.#length * 8));
    const end = RunningDigest.restore(this.save()).#add(padding);
    return Array.from(end.#words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** The state as a short string of ASCII characters, for `restore()`. */
  save(): string {
    return [this.#length, ...this.#words, ...this.#block.subarray(0, this.#length % blockBytes)].join();
  }

  #add(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length;) {
      const filled = this.#length % blockBytes;
      const part = bytes.subarray(at, at + blockBytes - filled);
      this.#block.set(part, filled);
      if (filled + part.length === blockBytes) compress(this.#words, this.#block);
      this.#length += part.length;
      at += part.length;
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

/** FIPS 180-4, section 6.2.2: takes one block of 64 bytes into the eight `words`. */
function compress(words: Int32Array, bytes: Uint8Array): void {
  const block = new DataView(bytes.buffer);
  let [a, b, c, d, e, f, g, h] = words as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const word =
      i < 16
        ? block.getInt32(i * 4)
        : at(i - 16) +
          at(i - 7) +
          sigma(at(i - 15), 7, 18, at(i - 15) >>> 3) +
          sigma(at(i - 2), 17, 19, at(i - 2) >>> 10);
    schedule[i] = word;
    const t = h + sigma(e, 6, 11, rotate(e, 25)) + ((e & f) ^ (~e & g)) + (roundConstants[i] as number) + at(i);
    const u = sigma(a, 2, 13, rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + t) | 0;
    d = c;
    c = b;
    b = a;
    a = (t + u) | 0;
  }
  const sums = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) words[i] = (words[i] as number) + (sums[i] as number);
}

function at(i: number): number {
  return schedule[i] as number;
}

function rotate(value: number, by: number): number {
  return (value >>> by) | (value << -by);
}

function sigma(value: number, first: number, second: number, third: number): number {
  return rotate(value, first) ^ rotate(value, second) ^ third;
}
