import { readFileSync } from "node:fs";
import { errorCodes } from "@aod/core/errors";
import type { ErrorCode } from "@aod/core/errors";
import { expect, expectTypeOf, test } from "vitest";
import * as sdk from "./index.ts";
import {
  AodError,
  AodHttpError,
  AuthError,
  ConflictError,
  NotFoundError,
  ServerError,
  ValidationError,
} from "./index.ts";
import { toError } from "./errors.ts";

const failure = (status: number, body: unknown = { detail: "why" }) =>
  toError({ status, body, method: "GET", url: "http://x/y", requestId: null, retryAfterMs: null, attempt: 1 });

test.each([
  [301, "AodHttpError"],
  [400, "AodHttpError"],
  [401, "AuthError"],
  [403, "PermissionDeniedError"],
  [404, "NotFoundError"],
  [405, "AodHttpError"],
  [409, "ConflictError"],
  [413, "AodHttpError"],
  [418, "AodHttpError"],
  [422, "ValidationError"],
  [429, "RateLimitError"],
  [500, "ServerError"],
  [501, "ServerError"],
  [502, "ServerError"],
  [503, "ServerError"],
  [504, "ServerError"],
  [599, "ServerError"],
])("turns %i into %s, below AodHttpError and AodError", (status, name) => {
  const error = failure(status);
  expect(error).toMatchObject({ name, status, detail: "why", message: `GET http://x/y -> ${status}: why` });
  expect(error).toBeInstanceOf(AodHttpError);
  expect(AodError.isInstance(error)).toBe(true);
});

test("says whether the same call may work later", () => {
  const retryable = [301, 400, 401, 404, 408, 409, 422, 425, 429, 500, 501, 502, 503, 504].filter(
    (status) => failure(status).retryable,
  );
  expect(retryable).toEqual([408, 425, 429, 500, 502, 503, 504]);
});

test("gives every status of the error table its own code", () => {
  const statuses = Object.entries(errorCodes).filter(([, { status }]) => status !== null);
  const codes = statuses.map(([, { status }]) => failure(status ?? 0).code);
  expect(codes).toEqual(statuses.map(([code]) => code as ErrorCode));
});

test("counts 403 among the authentication errors", () => {
  expect(AuthError.isInstance(failure(403))).toBe(true);
  expect(failure(403)).toBeInstanceOf(AuthError);
});

test("tells fields of a 422 from a sentence", () => {
  const issue = { type: "missing", loc: ["prompt"], msg: "Field required", input: {} };
  const read = (detail: unknown): unknown => {
    const error = failure(422, { detail });
    return ValidationError.isInstance(error) && { issues: error.issues, detail: error.detail };
  };
  expect(read([issue])).toEqual({ issues: [issue], detail: [issue] });
  expect(read("Unknown model: X")).toEqual({ issues: [], detail: "Unknown model: X" });
});

test.each([[null], ["text"], [{ detail: "d" }], [{ detail: "d", limit: "5", active: null }]])(
  "leaves limit and active of a 429 null when the body is %j",
  (body) => {
    expect(failure(429, body)).toMatchObject({ name: "RateLimitError", limit: null, active: null });
  },
);

test("recognises errors of another copy of the package", () => {
  class OtherCopy extends AodError {
    static override readonly brand: string = "ConflictError";
  }
  const error: unknown = new OtherCopy("conflict", "x");
  expect(ConflictError.isInstance(error)).toBe(true);
  expect(NotFoundError.isInstance(error)).toBe(false);
  expect(error).not.toBeInstanceOf(ConflictError);
});

test("lets the compiler tell the classes apart", () => {
  const read = (error: AodHttpError): string => {
    if (NotFoundError.isInstance(error)) return error.code;
    if (ConflictError.isInstance(error)) {
      expectTypeOf(error).not.toBeNever();
      return error.code;
    }
    if (ServerError.isInstance(error)) return error.code;
    expectTypeOf(error).not.toBeNever();
    return error.code;
  };
  expect(read(failure(409))).toBe("conflict");
});

test("documents every error class", () => {
  const docs = readFileSync(new URL("../../../docs/sdk-errors.md", import.meta.url), "utf8");
  const classes = Object.values(sdk).filter((value) => AodError.isPrototypeOf(value) || value === AodError);
  expect(classes.length).toBeGreaterThan(10);
  for (const { name } of classes as { name: string }[]) expect(docs, name).toContain(`\`${name}\``);
});
