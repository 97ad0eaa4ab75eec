import { describe, expect, test } from "vitest";
import { ConfigError, readEnv } from "./env.ts";

test("has the defaults of the manual, and takes an empty variable for a missing one", () => {
  const isRoot = process.getuid?.() === 0;
  expect(readEnv({ HOME: "/home/ada", AOD_PORT: "", DATABASE_URL: "" })).toMatchObject({
    host: "127.0.0.1",
    port: 8777,
    dataDir: isRoot ? "/var/lib/aod" : "/home/ada/.local/share/aod",
    cacheDir: isRoot ? "/var/cache/aod" : "/home/ada/.cache/aod",
    configDir: "/home/ada/.config/aod",
    databaseUrl: undefined,
    driver: undefined,
    role: "all",
    maxConcurrentSessions: 100,
    retentionDays: 30,
    requireCredentials: false,
    logLevel: "info",
    workerConcurrency: 16,
    maxTurnOutputBytes: 1_073_741_824,
  });
  expect(readEnv({ XDG_CONFIG_HOME: "/x", AOD_ENCRYPTION_KEYS_OLD: "a,b" })).toMatchObject({
    configDir: "/x/aod",
    oldEncryptionKeys: ["a", "b"],
  });
});

test("names every variable that it cannot use, and repeats no secret", () => {
  const wrong = { AOD_PORT: "65536", AOD_ROLE: "boss", DATABASE_URL: "mysql://ada:hush@db" };
  let message = "";
  try {
    readEnv(wrong);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    message = (error as ConfigError).message;
  }
  for (const name of Object.keys(wrong)) expect(message).toContain(`${name}: `);
  expect(message).not.toContain("hush");
});

describe("the issuer of tokens", () => {
  const issuer = "https://id.example/realms/a";
  const oidc = { AOD_OIDC_ISSUER: issuer, AOD_OIDC_AUDIENCE: "aod" };

  test("is none unless it is named, together with its audience", () => {
    expect(readEnv({}).oidc).toBeUndefined();
    expect(readEnv(oidc).oidc).toEqual({ issuer, audience: "aod", signup: false });
    expect(readEnv({ ...oidc, AOD_OIDC_SIGNUP: "true" }).oidc).toMatchObject({ signup: true });
    const halves = [{ AOD_OIDC_ISSUER: issuer }, { AOD_OIDC_AUDIENCE: "aod" }, { AOD_OIDC_SIGNUP: "true" }];
    for (const half of halves) {
      expect(() => readEnv(half)).toThrow(/AOD_OIDC_ISSUER and AOD_OIDC_AUDIENCE belong together/);
    }
  });

  test.each(["https://id.example/", "http://127.0.0.1:9000/x", "http://localhost:1", "http://[::1]:1"])(
    "can be %s, and is kept as it was written",
    (url) => {
      expect(readEnv({ ...oidc, AOD_OIDC_ISSUER: url }).oidc?.issuer).toBe(url);
    },
  );

  test.each([
    "http://id.example",
    "http://127.0.0.1.example",
    "http://localhost.example",
    "ftp://id.example",
    "id.example",
    "https://ada:hush@id.example",
    "https://id.example?tenant=a",
    "https://id.example#a",
    "https://id.example/a b",
  ])("cannot be %s", (url) => {
    expect(() => readEnv({ ...oidc, AOD_OIDC_ISSUER: url })).toThrow(/AOD_OIDC_ISSUER: must /);
  });
});
