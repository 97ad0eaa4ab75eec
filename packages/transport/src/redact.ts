const hidden = "[redacted]";
const maxDepth = 32;

// What a credential looks like, whoever it belongs to: our keys, bearer values, model and git providers' keys, JWTs (also
// one that is cut off), passwords and tokens inside URLs. The text may be a hostile server's, so each of these takes a
// time that grows with its length alone: what a failed match has read, no other match may begin in.
const tokenLike = [
  /\baod_[\w-]{8,}/g,
  /\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi,
  /\bsk-[\w-]{12,}/g,
  /\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abprs]-|AIza)[\w-]{12,}/g,
  /\beyJ[\w-]{6}[\w.-]*/g,
  /(?<=:\/\/)[^/\s:@]*:[^/\s@]+(?=@)/g,
  /(?<=[?&](?:\w+[_-])?(?:token|key|secret|password|signature)=)[^&\s]+/gi,
];

const secretKey =
  /authorization|(?:env_?vars|password|secrets?)$|^(?:env|headers|(?:set-)?cookie)$|(?:^|[_-])(?:token|api[_-]?key)$/i;

/** Takes secrets out of what is shown to people: error messages, details, what logging hooks get. */
export class Redactor {
  readonly #known = new Set<string>();

  /** Hides this exact value from now on. Values under six characters are passed over: they would hide ordinary text. */
  add(secret: string): this {
    if (secret.length >= 6) this.#known.add(secret);
    return this;
  }

  /** The text without known secrets and without what looks like one. */
  text(text: string): string {
    for (const secret of this.#known) text = text.replaceAll(secret, hidden);
    return tokenLike.reduce((shown, pattern) => shown.replace(pattern, hidden), text);
  }

  /** A copy of a JSON value without secrets: by key, by value, and in validation errors by the place they point at. */
  json(value: unknown, depth = 0): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    // The value may be a hostile server's: thousands of levels would end in a stack overflow.
    if (depth === maxDepth) return hidden;
    if (Array.isArray(value)) return value.map((item) => this.json(item, depth + 1));
    const pointsAtSecret = "loc" in value && Array.isArray(value.loc) && value.loc.some(isSecretKey);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const secret = isSecretKey(key) || (key === "input" && pointsAtSecret);
        return [key, secret ? hidden : this.json(item, depth + 1)];
      }),
    );
  }

  /** Headers as a plain record, without the credentials. */
  headers(headers: Headers): Record<string, string> {
    return Object.fromEntries(
      [...headers].map(([name, value]) => [name, isSecretKey(name) ? hidden : this.text(value)]),
    );
  }
}

function isSecretKey(key: unknown): boolean {
  return typeof key === "string" && secretKey.test(key);
}
