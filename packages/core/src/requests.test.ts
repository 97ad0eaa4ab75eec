import { describe, expect, test } from "vitest";
import {
  commandAgentCreateSchema,
  providerAgentCreateSchema,
  runtimeAgentCreateSchema,
  runtimeAgentUpdateSchema,
} from "./agent-requests.ts";
import { environmentCreateSchema, environmentUpdateSchema } from "./environment.ts";
import { findCatalogModel, modelCatalog } from "./models.ts";
import { sessionCreateSchema } from "./session.ts";

describe("agents", () => {
  test("get their defaults", () => {
    const agent = { name: "x", model: "anthropic/claude-sonnet-4-6", runtime: "claude" };
    expect(runtimeAgentCreateSchema.parse({ ...agent, unknown: 1 })).toEqual({
      ...agent,
      system: "",
      description: "",
      skills: [],
      mcp_servers: [],
      metadata: {},
    });
    expect(commandAgentCreateSchema.parse({ name: "x", runtime: "command" }).model).toBe("command");
    const free = { name: "x", model: "anything", provider: "openai" };
    expect(providerAgentCreateSchema.parse(free).model).toBe("anything");
  });

  test("every finding comes with its own place", () => {
    const { error } = runtimeAgentCreateSchema.safeParse({ name: 1, model: "m", skills: [{}], mcp_servers: [{}] });
    expect(error?.issues.map(({ path }) => path.join("."))).toEqual([
      "name",
      "skills",
      "mcp_servers",
      "model",
      "runtime",
    ]);
  });

  test("on PUT, null means left out, but detaches the environment", () => {
    const change = runtimeAgentUpdateSchema.parse({ version: 1, name: null, skills: null, environment_id: null });
    expect(change.name).toBeUndefined();
    expect(change.skills).toBeUndefined();
    expect(change.environment_id).toBeNull();
    expect(runtimeAgentUpdateSchema.parse({ version: 1 }).environment_id).toBeUndefined();
    expect(runtimeAgentUpdateSchema.parse({ version: 1, environment_id: "" }).environment_id).toBeNull();
  });
});

describe("environments", () => {
  test("get their defaults", () => {
    expect(environmentCreateSchema.parse({ name: "x" })).toEqual({
      name: "x",
      packages: {},
      env_vars: {},
      setup_script: "",
      networking: { type: "unrestricted" },
    });
  });

  test("networking without a type is unrestricted, and keeps its other keys", () => {
    const networking = { type: "limited", allowed_hosts: [], extra: 1 };
    expect(environmentCreateSchema.parse({ name: "x", networking }).networking).toEqual(networking);
    expect(environmentUpdateSchema.parse({ version: 1, networking: { extra: 1 } }).networking).toEqual({
      type: "unrestricted",
      extra: 1,
    });
  });
});

describe("sessions", () => {
  const request = { agent_id: "a", prompt: "" };

  test("get their defaults", () => {
    expect(sessionCreateSchema.parse(request)).toEqual({
      ...request,
      timeout: 600,
      resources: [],
      secret_env_vars: {},
    });
  });

  test("resources are resolved", () => {
    const type = "github_repository";
    const parsed = sessionCreateSchema.parse({
      ...request,
      resources: [
        { type, url: "https://github.com/o/r.git", authorization_token: "" },
        { type, url: "https://github.com/o/r", mount_path: "/a/./b/../c//", authorization_token: "t" },
      ],
    });
    expect(parsed.resources).toEqual([
      { type, url: "https://github.com/o/r", mount_path: "/workspace/r", authorization_token: null },
      { type, url: "https://github.com/o/r", mount_path: "/a/c", authorization_token: "t" },
    ]);
  });

  test("rules of the list wait until every resource is right", () => {
    const { error } = sessionCreateSchema.safeParse({ ...request, resources: Array.from({ length: 11 }, () => ({})) });
    expect(error?.issues.every(({ path }) => path.length === 3)).toBe(true);
  });
});

test("the catalog knows each model once, under its provider", () => {
  expect(new Set(modelCatalog.map(({ id }) => id)).size).toBe(12);
  expect(findCatalogModel("google/gemini-2.5-pro")).toEqual({ id: "google/gemini-2.5-pro", provider: "google" });
  expect(findCatalogModel("gemini-2.5-pro")).toBeUndefined();
});
