/** A JSON object as it came or goes, with the names of the wire. */
export type WireObject = Readonly<Record<string, unknown>>;

type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Name;

/** Exactly those fields of `T` whose names differ on the wire. */
export type RenamedFields<T> = {
  readonly [Name in KeyOf<T> as Snake<Name> extends Name ? never : Name]: true;
};

/** The keys of every member of a union. */
type KeyOf<T> = T extends unknown ? keyof T & string : never;

/**
 * Translates the fields of one kind of object. Only the names that it knows are changed, and only at the top: free keys
 * (metadata, environment variables, headers) and fields of newer servers stay exactly as they are.
 */
export class Names<T> {
  readonly #toWire: Readonly<Record<string, string>>;
  readonly #fromWire: Readonly<Record<string, string>>;

  constructor(fields: RenamedFields<T>) {
    const names = Object.keys(fields).map((name) => [name, name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)]);
    this.#toWire = Object.fromEntries(names) as Record<string, string>;
    this.#fromWire = Object.fromEntries(names.map((pair) => pair.toReversed())) as Record<string, string>;
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

/** Every name of an object of ours alone, also those of newer servers; nothing below it. */
export function toCamelCase(wire: WireObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(wire).map(([key, item]) => [key.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()), item]),
  );
}

export function isWireObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The strings in a record, for the list of what must not show up in errors. */
export function secretsIn(record: object | null | undefined): string[] {
  return Object.values(record ?? {}).filter((value): value is string => typeof value === "string");
}
