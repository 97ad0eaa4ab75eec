import { describe, expect, test } from "vitest";
import {
  assertRunnable,
  assertServes,
  changeIdentity,
  dialectOf,
  identifyByProvider,
  identifyByRuntime,
} from "./agent-identity.ts";
import { DomainError, type DomainProblem } from "./domain-error.ts";

function problemOf(work: () => unknown): DomainProblem | null {
  try {
    work();
    return null;
  } catch (error) {
    if (DomainError.isInstance(error)) return error.problem;
    throw error;
  }
}

describe("identifyByRuntime", () => {
  test("derives the provider from the model and keeps the model canonical", () => {
    expect(identifyByRuntime("opencode", "google/gemini-2.5-pro")).toEqual({
      dialect: "runtime",
      runtime: "opencode",
      provider: "google",
      model: "google/gemini-2.5-pro",
    });
  });

  test("lets the command runtime have any model", () => {
    expect(identifyByRuntime("command", "whatever").provider).toBe("command");
  });

  test("says what a runtime serves when it cannot serve a model", () => {
    expect(problemOf(() => identifyByRuntime("codex", "google/gemini-2.5-pro"))).toEqual({
      reason: "runtime_cannot_serve",
      runtime: "codex",
      model: "google/gemini-2.5-pro",
      provider: "google",
      served: ["openai"],
    });
  });
});

test("a model can be kept to some runtimes", () => {
  const entry = { id: "openai/next", provider: "openai", runtimes: ["codex"] } as const;
  expect(problemOf(() => assertServes("codex", entry))).toBeNull();
  expect(problemOf(() => assertServes("opencode", entry))).toEqual({
    reason: "model_not_supported",
    runtime: "opencode",
    model: "openai/next",
  });
});

describe("identifyByProvider", () => {
  test("removes a known prefix once, and keeps any other", () => {
    const model = (name: string) => identifyByProvider("openai", name).model;
    expect(["openai/a", "a", "x/a", "openai/openai/a", "/a"].map(model)).toEqual(["a", "a", "x/a", "openai/a", "/a"]);
  });
});

describe("dialectOf", () => {
  const cases = [
    [{}, null],
    [{ runtime: null, provider: null }, null],
    [{ runtime: "x" }, "runtime"],
    [{ provider: "x" }, "provider"],
    [{ runtime: "x", provider: "y" }, "runtime"],
    [{ runtime: null, provider: "y" }, "provider"],
  ] as const;
  test.each(cases)("%j speaks %j", (request, dialect) => {
    expect(dialectOf(request)).toBe(dialect);
  });
});

describe("changeIdentity", () => {
  const current = identifyByProvider("anthropic", "claude-sonnet-4-6");

  test("is the current one when nothing is said of it", () => {
    expect(changeIdentity(current, {})).toBe(current);
  });

  test("gives a bare model its provider when the dialect changes", () => {
    expect(changeIdentity(current, { runtime: "claude" })).toMatchObject({ model: "anthropic/claude-sonnet-4-6" });
  });

  test("does not take a model along that only the command runtime knows", () => {
    const command = identifyByRuntime("command", "command");
    expect(problemOf(() => changeIdentity(command, { runtime: "claude" }))).toEqual({
      reason: "unknown_model",
      model: "command",
    });
  });
});

test("a key of any provider that the runtime serves lets a session run", () => {
  const agent = identifyByRuntime("opencode", "anthropic/claude-haiku-4-5");
  expect(problemOf(() => assertRunnable(agent, { OPENAI_API_KEY: "k" }))).toBeNull();
  expect(problemOf(() => assertRunnable(agent, null))).toBeNull();
  expect(problemOf(() => assertRunnable(agent, { OPENAI_API_KEY: "" }))).toMatchObject({
    reason: "credentials_missing",
  });
});
