import type { FieldError } from "@aod/core";
import type { z } from "zod";
import { redactInput } from "./redact-input.ts";

type Issue = z.core.$ZodIssue;

const expectedTypes: Readonly<Record<string, string>> = {
  string: "string_type",
  array: "list_type",
  record: "dict_type",
  object: "dict_type",
};

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value: unknown, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], body);
}

function typeOf(issue: Issue): string {
  if (issue.code === "custom") return typeof issue.params?.["type"] === "string" ? issue.params["type"] : "value_error";
  if (issue.code === "invalid_value") return "literal_error";
  return (issue.code === "invalid_type" ? expectedTypes[issue.expected] : undefined) ?? "value_error";
}

function fieldError(type: string, path: readonly PropertyKey[], message: string, input: unknown): FieldError {
  const msg = type === "value_error" ? `Value error, ${message}` : message;
  return { type, loc: path as (string | number)[], msg, input: redactInput(path, input) };
}

/** The findings of a schema as a 422 list in the form of pydantic: its types, keys and key order. */
export function toFieldErrors(issues: readonly Issue[], body: unknown): FieldError[] {
  return issues.flatMap((issue) => {
    const { path } = issue;
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => {
        const at = [...path, key];
        return fieldError("extra_forbidden", at, "Extra inputs are not permitted", valueAt(body, at));
      });
    }
    const value = valueAt(body, path);
    if (value === undefined) {
      const parent = redactInput(path.slice(0, -1), valueAt(body, path.slice(0, -1)));
      return [{ type: "missing", loc: path as (string | number)[], msg: "Field required", input: parent }];
    }
    return [fieldError(typeOf(issue), path, issue.message, value)];
  });
}

const maxDepth = 100;
const maxValues = 100_000;

/**
 * What no schema should walk and no row can hold: text that PostgreSQL has no place for (NUL, lone surrogates), keys that
 * would change an object's prototype, nesting that would exhaust a stack, and so many values that one request would hold
 * up all others.
 */
export function findUnstorable(body: unknown): FieldError | null {
  const path: (string | number)[] = [];
  let values = 0;

  // Recursive, with one shared path: the depth is bounded, and so is the number of values.
  function visit(value: unknown): FieldError | null {
    values += 1;
    if (values > maxValues) return fieldError("value_error", [], `more than ${maxValues} values in one body`, null);
    if (typeof value === "string") return toTextError(path, value, textProblem(value));
    if (typeof value !== "object" || value === null) return null;
    if (path.length >= maxDepth) {
      return fieldError("value_error", path.slice(0, 1), `nested deeper than ${maxDepth} levels`, null);
    }
    return Array.isArray(value) ? visitArray(value) : visitObject(value);
  }

  // By index: an array's entries as pairs would cost a string and an array for each of them.
  function visitArray(entries: readonly unknown[]): FieldError | null {
    for (let index = 0; index < entries.length; index += 1) {
      const found = visitAt(index, entries[index]);
      if (found !== null) return found;
    }
    return null;
  }

  function visitObject(value: object): FieldError | null {
    for (const [key, entry] of Object.entries(value)) {
      if (key === "__proto__") return fieldError("value_error", [...path], "a key must not be '__proto__'", null);
      const found = toTextError(path, key, textProblem(key)) ?? visitAt(key, entry);
      if (found !== null) return found;
    }
    return null;
  }

  function visitAt(key: string | number, entry: unknown): FieldError | null {
    path.push(key);
    const found = visit(entry);
    path.pop();
    return found;
  }

  return visit(body);
}

function toTextError(
  path: readonly PropertyKey[],
  input: string,
  problem: { type: string; message: string } | null,
): FieldError | null {
  return problem === null ? null : fieldError(problem.type, [...path], problem.message, input);
}

function textProblem(text: string): { type: string; message: string } | null {
  if (text.includes("\0")) return { type: "value_error", message: "text must not contain the NUL character" };
  if (text.isWellFormed()) return null;
  return {
    type: "string_unicode",
    message: "Input should be a valid string, unable to parse raw data as a unicode string",
  };
}
