import { describe, expect, it } from "vitest";
import { errorText } from "./error-text.ts";

describe("errorText", () => {
  it.each([
    ["rate limited", "rate limited"],
    ["[API Error: 401 wrong key]", "401 wrong key"],
    ['[API Error: {"error":{"code":401,"message":"wrong key","status":"UNAUTHENTICATED"}}]', "wrong key (401)"],
    ['{"error":{"message":"wrong key"}}', "wrong key"],
    ['{"error":"wrong key"}', "wrong key"],
    ['{"detail":"wrong key","status":401}', "wrong key (401)"],
    ['{"message":"wrong key","code":5}', "wrong key"],
    ['{"unknown":1}', '{"unknown":1}'],
    ['{"half', '{"half'],
    ["", ""],
  ])("makes %j %j", (message, text) => {
    expect(errorText(message)).toBe(text);
  });
});
