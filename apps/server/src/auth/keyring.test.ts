import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { SealError, createKey, createKeyring, parseKey } from "./keyring.ts";

const context = "environments:1:env_vars";

test("opens what it sealed, and seals the same text differently each time", () => {
  const keyring = createKeyring([randomBytes(32)]);
  const text = JSON.stringify({ TOKEN: "s3cret ✓" });
  const sealed = keyring.seal(text, context);
  expect(sealed).not.toBe(keyring.seal(text, context));
  expect(sealed).not.toContain("s3cret");
  expect(keyring.open(sealed, context)).toBe(text);
  expect(keyring.open(keyring.seal("", context), context)).toBe("");
});

test("refuses a value that was moved to another row or changed anywhere", () => {
  const keyring = createKeyring([randomBytes(32)]);
  const sealed = keyring.seal("secret", context);
  expect(() => keyring.open(sealed, "environments:2:env_vars")).toThrow(SealError);
  const [id = "", body = ""] = sealed.split(".");
  const bytes = Buffer.from(body, "base64url");
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i] = (changed[i] ?? 0) ^ 1;
    expect(() => keyring.open(`${id}.${changed.toString("base64url")}`, context)).toThrow(SealError);
  }
  for (const broken of ["", ".", id, `${id}.`, `${id}.AAAA`]) {
    expect(() => keyring.open(broken, context)).toThrow(SealError);
  }
});

test("opens values of an earlier key after a rotation, and seals with the new one", () => {
  const [first, second] = [randomBytes(32), randomBytes(32)];
  const sealed = createKeyring([first]).seal("secret", context);
  const rotated = createKeyring([second, first]);
  expect(rotated.open(sealed, context)).toBe("secret");
  expect(rotated.seal("x", context).startsWith(`${rotated.keyId}.`)).toBe(true);
  expect(createKeyring([second]).keyId).toBe(rotated.keyId);
  expect(() => createKeyring([second]).open(sealed, context)).toThrow(/sealed under the key [\da-f]{12}/);
});

test("reads only keys of exactly 32 bytes", () => {
  expect(parseKey(`${createKey()}\n`)).toHaveLength(32);
  expect(parseKey(randomBytes(32).toString("base64url"))).toHaveLength(32);
  for (const wrong of [
    "",
    "short",
    randomBytes(31).toString("base64"),
    randomBytes(33).toString("base64"),
    "é".repeat(43),
  ]) {
    expect(parseKey(wrong)).toBeNull();
  }
});
