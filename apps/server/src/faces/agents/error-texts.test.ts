import { expect, test } from "vitest";
import { textOf } from "./error-texts.ts";

// The texts that no request reaches today: no model is kept to some runtimes, and no answer takes that long.
const rows = [
  [
    { reason: "model_not_supported", runtime: "codex", model: "openai/next" },
    "Model openai/next not supported on runtime codex",
  ],
  [{ reason: "idempotency_key_busy" }, "Another request with this Idempotency-Key is still being worked on"],
] as const;

test.each(rows)("%j reads: %s", (problem, text) => {
  expect(textOf(problem)).toBe(text);
});
