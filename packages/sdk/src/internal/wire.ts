/** A JSON object as it came or goes, with the names of the wire. */
export type WireObject = Readonly<Record<string, unknown>>;

type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Name;

/** Our name to the wire's, for exactly those fields of `T` where they differ. */
export type WireNames<T> = {
  readonly [Name in keyof T & string as Snake<Name> extends Name ? never : Name]: Snake<Name>;
};

/**
 * Translates the fields of one kind of object. Only the names that it knows are changed, and only at the top: free keys
 * (metadata, environment variables, headers) and fields of newer servers stay exactly as they are.
 */
export class Names<T> {
  readonly #toWire: Readonly<Record<string, string>>;
  readonly #fromWire: Readonly<Record<string, string>>;

  constructor(names: WireNames<T>) {
    this.#toWire = names;
    this.#fromWire = Object.fromEntries(Object.entries(this.#toWire).map(([ours, theirs]) => [theirs, ours]));
  }

  toWire(value: object): Record<string, unknown> {
    return rename(value, this.#toWire);
  }

  /** @param missing values, under our names, of fields that older and foreign servers leave out */
  fromWire(wire: object, missing: object = {}): Record<string, unknown> {
    const fields = rename(wire, this.#fromWire);
    // Twice: the first time for the order of the keys, which is the server's, the second time for the values.
    return { ...fields, ...missing, ...fields };
  }
}

function rename(value: object, names: Readonly<Record<string, string>>): Record<string, unknown> {
  // fromEntries defines rather than assigns, so a key named __proto__ stays data.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [(Object.hasOwn(names, key) ? names[key] : undefined) ?? key, item]),
  );
}

export function isWireObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The strings in a record, for the list of what must not show up in errors. */
export function secretsIn(record: object | null | undefined): string[] {
  return Object.values(record ?? {}).filter((value): value is string => typeof value === "string");
}
