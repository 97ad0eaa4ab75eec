import fc from "fast-check";
import { expect, test } from "vitest";
import { Redactor } from "./redact.ts";

const redactor = new Redactor();

test.each([
  ["our own keys", "token aod_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9v is wrong", "token [redacted] is wrong"],
  ["bearer values", "sent Bearer abc.def-ghi to it", "sent [redacted] to it"],
  ["model providers' keys", "key sk-ant-api03-abcdefghijkl!", "key [redacted]!"],
  ["git tokens", "clone with ghp_abcdefghijklmnop1234", "clone with [redacted]"],
  ["JWTs", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "[redacted]"],
  ["a JWT that is cut off", "saw eyJhbGciOiJIUzI1NiJ9.eyJzdWI", "saw [redacted]"],
  ["passwords in URLs", "https://me:hunter22@github.com/x", "https://[redacted]@github.com/x"],
  ["tokens in queries", "/x?since=2&access_token=abc&y=1", "/x?since=2&access_token=[redacted]&y=1"],
])("hides %s in text", (_kind, text, shown) => {
  expect(redactor.text(text)).toBe(shown);
});

// Five million characters each, as a hostile server may send them: read again from every place where a secret might
// begin, one of them would take hours.
const megabytes = (piece: string): string => piece.repeat(5_000_000 / piece.length);

test.each([
  ["beginnings of JWTs", "eyJaaaaaa-", "[redacted]"],
  ["beginnings of bearer values", "Bearer   !", megabytes("Bearer   !")],
  ["beginnings of passwords", "x://aaaa: ", megabytes("x://aaaa: ")],
  ["names of parameters", "a?b_tokens", megabytes("a?b_tokens")],
])("reads five megabytes of %s", (_what, piece, shown) => {
  expect(redactor.text(megabytes(piece)) === shown).toBe(true);
});

test("reads a key of five megabytes", () => {
  const key = `${"password-authorization_".repeat(250_000)}\n`;
  expect(redactor.json({ [key]: "s3cr3t" })).toEqual({ [key]: "[redacted]" });
});

test.each([
  "env",
  "Headers",
  "env_vars",
  "secretEnvVars",
  "proxy-authorization",
  "set-cookie",
  "PGPASSWORD",
  "client_secret",
])("takes what stands under %s for a secret", (key) =>
  expect(redactor.json({ [key]: 1 })).toEqual({ [key]: "[redacted]" }),
);

test.each(["environment", "header", "cookies", "max_tokens", "tokenizer", "monkey", "passwords_allowed"])(
  "shows what stands under %s",
  (key) => expect(redactor.json({ [key]: 1 })).toEqual({ [key]: 1 }),
);

test("leaves ordinary text alone", () => {
  const text = "Version mismatch: expected 3, got 2. See https://aod.dev/docs?page=2#token and risk-averse users.";
  expect(redactor.text(text)).toBe(text);
});

test("hides every value it was told of, wherever it stands", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6 }), fc.string(), fc.string(), (secret, before, after) => {
      fc.pre(!"[redacted]".includes(secret));
      const shown = new Redactor().add(secret).text(before + secret + after);
      expect(shown.replaceAll("[redacted]", "")).not.toContain(secret);
    }),
  );
});

test("does not turn short values into a filter of ordinary text", () => {
  expect(new Redactor().add("1").text("turn 1")).toBe("turn 1");
});

test("hides JSON values by key, by look and by the place a validation error points at", () => {
  const body = {
    detail: [
      { loc: ["secret_env_vars", "API"], msg: "bad key", input: "s3cr3t-value" },
      { loc: ["name"], msg: "too long", input: "plain" },
      { loc: ["prompt"], input: { prompt: 1, env_vars: { A: "x" }, resources: [{ authorization_token: "t" }] } },
    ],
    note: "saw aod_12345678",
    count: 3,
    none: null,
  };
  expect(redactor.json(body)).toEqual({
    detail: [
      { loc: ["secret_env_vars", "API"], msg: "bad key", input: "[redacted]" },
      { loc: ["name"], msg: "too long", input: "plain" },
      {
        loc: ["prompt"],
        input: { prompt: 1, env_vars: "[redacted]", resources: [{ authorization_token: "[redacted]" }] },
      },
    ],
    note: "saw [redacted]",
    count: 3,
    none: null,
  });
});

test("survives a value that is nested without end", () => {
  const deep = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) as unknown;
  expect(JSON.stringify(redactor.json(deep))).toContain("[redacted]");
});

test("copies a key named __proto__ as data", () => {
  const copy = redactor.json(JSON.parse('{"__proto__":{"polluted":true}}')) as object;
  expect(Object.keys(copy)).toEqual(["__proto__"]);
  expect("polluted" in copy).toBe(false);
});

test("hides credentials in headers", () => {
  const headers = new Headers({ authorization: "Bearer x", "x-api-key": "k", cookie: "c", accept: "a/b" });
  expect(redactor.headers(headers)).toEqual({
    accept: "a/b",
    authorization: "[redacted]",
    cookie: "[redacted]",
    "x-api-key": "[redacted]",
  });
});
