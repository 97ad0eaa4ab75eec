import type { AgentEvent } from "@aod/core";

/** An object of a line, before anything is known about its fields. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The JSON object that the line is; undefined when it is none (no JSON, or a number, list, ...). */
export function parseJsonObject(line: string): JsonObject | undefined {
  // Throwing costs hundreds of times as much as this look at the first character.
  if (line.charCodeAt(0) !== 0x7b && !line.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as JsonObject;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value when it is an object, else an empty one: so that fields of fields can be read without checks. */
export function toObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The first of the fields that is a text and not empty. */
export function firstText(fields: JsonObject, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = toText(fields[name]);
    if (text !== undefined && text !== "") return text;
  }
  return undefined;
}

export function toNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

export function toInteger(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

type Defined<T> = { -readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  -readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without its undefined fields: events leave out what a runtime does not say. */
export function defined<const T extends object>(object: T): Defined<T> {
  // Most have none, and making another object costs far more than a look.
  for (const key in object) if (object[key] === undefined) return copyDefined(object);
  return object;
}

function copyDefined<T extends object>(object: T): Defined<T> {
  const result: Record<string, unknown> = {};
  for (const key in object) if (object[key] !== undefined) result[key] = object[key];
  return result as Defined<T>;
}

/** The event of a line that the decoder does not know. */
export function rawLine(line: string, stream: "stdout" | "stderr" = "stdout"): AgentEvent {
  return { type: "raw", stream, line };
}
