// Reading rules of request fields: pydantic's lax mode, its texts and its error types.
import { z } from "zod";

/** The `type` of one entry of a 422 list. */
export type FieldErrorType =
  | "missing"
  | "string_type"
  | "string_too_long"
  | "string_unicode"
  | "int_type"
  | "int_parsing"
  | "int_from_float"
  | "greater_than_equal"
  | "less_than_equal"
  | "literal_error"
  | "dict_type"
  | "list_type"
  | "extra_forbidden"
  | "value_error";

/** Where a check of ours writes what it found; the border that answers the request reads `params.type`. */
export interface IssueSink {
  addIssue(issue: { code: "custom"; message: string; params: { type: FieldErrorType } }): void;
}

/** Reports a finding under its pydantic type. */
export function addFieldIssue(sink: IssueSink, type: FieldErrorType, message: string): void {
  sink.addIssue({ code: "custom", message, params: { type } });
}

/** Message of a field that is missing, or not of the type that it should be. */
export function typeMessage(expected: string): (issue: { input?: unknown }) => string {
  return (issue) => (issue.input === undefined ? "Field required" : `Input should be ${expected}`);
}

/** Characters as PostgreSQL and Python count them: code points. */
export function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** A string; nothing else is turned into one. `max` is in characters (code points). */
export function textField(options: { max?: number } = {}) {
  const { max } = options;
  const schema = z.string({ error: typeMessage("a valid string") });
  if (max === undefined) return schema;
  return schema
    .superRefine((value, context) => {
      // The cheap length first: it is never below the number of code points.
      if (value.length > max && countCharacters(value) > max) {
        addFieldIssue(context, "string_too_long", `String should have at most ${max} characters`);
      }
    })
    .meta({ maxLength: max });
}

// "120", " +1_000 " and "120.0" are whole numbers to pydantic.
const wholeNumberText = /^([+-]?\d+(?:_\d+)*)(?:\.0*)?$/;

function readInteger(value: unknown): number | { type: FieldErrorType; message: string } {
  if (value === undefined) return { type: "missing", message: "Field required" };
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") {
    if (Number.isInteger(value)) return value;
    return {
      type: "int_from_float",
      message: "Input should be a valid integer, got a number with a fractional part",
    };
  }
  if (typeof value !== "string") return { type: "int_type", message: "Input should be a valid integer" };
  const digits = wholeNumberText.exec(value.trim())?.[1];
  if (digits !== undefined) return Number(digits.replaceAll("_", ""));
  return { type: "int_parsing", message: "Input should be a valid integer, unable to parse string as an integer" };
}

/** A whole number; `"120"`, `120.0` and `true` count as one. */
export function integerField(range: { min?: number; max?: number } = {}) {
  const { min, max } = range;
  return z
    .custom<number>(() => true)
    .transform((value, context): number => {
      const read = readInteger(value);
      if (typeof read !== "number") {
        addFieldIssue(context, read.type, read.message);
        return z.NEVER;
      }
      if (min !== undefined && read < min) {
        addFieldIssue(context, "greater_than_equal", `Input should be greater than or equal to ${min}`);
      } else if (max !== undefined && read > max) {
        addFieldIssue(context, "less_than_equal", `Input should be less than or equal to ${max}`);
      }
      return read;
    })
    .meta({
      type: "integer",
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    });
}

/** JSON Schema that describes what a check of ours asks for. It checks nothing. */
export type Described = Readonly<Record<string, unknown>>;

/** The JSON Schema of the form that a check of ours asks for. */
export function describeForm(schema: z.ZodType): Described {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: "input" });
  return described;
}

/** An array whose entries are checked together by `check`, which returns the first finding's text or null. */
export function listField(check: (entries: readonly unknown[]) => string | null, described: Described) {
  return z
    .array(z.unknown(), { error: typeMessage("a valid list") })
    .superRefine((entries, context) => addFinding(context, check(entries)))
    .meta(described);
}

/** An object whose entries are checked together by `check`, which returns the first finding's text or null. */
export function dictField(
  check: (entries: Readonly<Record<string, unknown>>) => string | null = () => null,
  described: Described = {},
) {
  return z
    .record(z.string(), z.unknown(), { error: typeMessage("a valid dictionary") })
    .superRefine((entries, context) => addFinding(context, check(entries)))
    .meta(described);
}

/** Reports the text of a check of ours, when there is one. */
export function addFinding(sink: IssueSink, text: string | null): void {
  if (text !== null) addFieldIssue(sink, "value_error", text);
}

/** On PUT, null means that the key is not there. */
export function nullAsAbsent<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A reference that may be left out; `""` means null. Left out stays `undefined`, which PUT tells apart from null. */
export function referenceField() {
  return textField()
    .nullish()
    .transform((value) => (value === "" ? null : value));
}

/** True for JSON objects: neither null nor an array. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
