import { describe, expect, it, vi } from "vitest";
import { AodError, errorCodes, type ErrorCode } from "./errors.ts";

class HttpError extends AodError {
  static override readonly brand: string = "HttpError";
}
class ConflictError extends HttpError {
  static override readonly brand: string = "ConflictError";
}

describe("AodError", () => {
  it("is an Error with a code, a name and its cause", () => {
    const cause = new Error("socket hang up");
    const error = new ConflictError("conflict", "Session 1 is running.", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "ConflictError", code: "conflict", message: "Session 1 is running.", cause });
    expect(Object.keys(error)).not.toContain("cause");
    expect("cause" in new AodError("conflict", "text")).toBe(false);
  });

  it("recognises its own class and those below, and nothing else", () => {
    const error = new HttpError("internal", "text");
    expect([AodError, HttpError, ConflictError].map((type) => type.isInstance(error))).toEqual([true, true, false]);
    for (const other of [null, undefined, "text", 1, {}, new Error("text"), Object.create(null)]) {
      expect(AodError.isInstance(other)).toBe(false);
    }
  });

  it("recognises errors that another copy of the package made", async () => {
    vi.resetModules();
    const copy = await import("./errors.ts");
    const error = new copy.AodError("timeout", "text");
    expect(error).not.toBeInstanceOf(AodError);
    expect(AodError.isInstance(error)).toBe(true);
    expect(HttpError.isInstance(error)).toBe(false);
  });

  it("is retryable as the table says, unless it is told otherwise", () => {
    for (const [code, info] of Object.entries(errorCodes)) {
      expect(new AodError(code as ErrorCode, "text").retryable, code).toBe(info.retryable);
    }
    expect(new AodError("stream_failed", "text", { retryable: true }).retryable).toBe(true);
  });
});

describe("errorCodes", () => {
  it("has one code for each status", () => {
    const statuses = Object.values(errorCodes).flatMap(({ status }) => status ?? []);
    expect(new Set(statuses).size).toBe(statuses.length);
  });
});
