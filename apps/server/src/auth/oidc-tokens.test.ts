import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { goodClaims, startIssuer, type TestIssuer } from "../../test/support/issuer.ts";
import { createTokenVerifier, type TokenVerifier } from "./oidc-tokens.ts";

let issuer: TestIssuer;
let verify: TokenVerifier;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const started = (issuer = await startIssuer());
  verify = createTokenVerifier(issuer.settings);
  return async () => {
    vi.useRealTimers();
    await started[Symbol.asyncDispose]();
  };
});

const advance = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);
const now = () => Math.floor(Date.now() / 1_000);
const statusOf = async (token: string) => (await verify(token)).status;

test("takes a token of the issuer, and asks for its keys once, when the first token comes", async () => {
  const token = await issuer.sign();
  expect(issuer.asked).toEqual([]);
  const valid = { status: "valid", subject: "alice", endsAtMs: (now() + 3_600 + 30) * 1_000 };
  expect(await Promise.all([verify(token), verify(token)])).toEqual([valid, valid]);
  expect(await verify(await issuer.sign({ aud: ["other", issuer.settings.audience] }))).toEqual(valid);
  expect(issuer.asked).toEqual(["/.well-known/openid-configuration", "/keys"]);
});

test("allows clocks to differ by 30 seconds", async () => {
  expect(await statusOf(await issuer.sign({ exp: now() - 29 }))).toBe("valid");
  expect(await statusOf(await issuer.sign({ nbf: now() + 30 }))).toBe("valid");
});

test.each([
  ["another issuer", () => ({ iss: "https://other.example" }), "iss"],
  ["no issuer", () => ({ iss: undefined }), "iss"],
  ["another audience", () => ({ aud: "other" }), "aud"],
  ["no audience", () => ({ aud: undefined }), "aud"],
  ["an end that has passed", () => ({ exp: now() - 30 }), "exp"],
  ["no end", () => ({ exp: undefined }), "exp"],
  ["a beginning to come", () => ({ nbf: now() + 31 }), "nbf"],
  ["no subject", () => ({ sub: undefined }), "sub"],
  ["an empty subject", () => ({ sub: "" }), "sub"],
  ["a subject that is no text", () => ({ sub: 7 }), "sub"],
  ["a subject that a database cannot hold", () => ({ sub: "a\0b" }), "sub"],
  ["a subject without end", () => ({ sub: "a".repeat(256) }), "sub"],
])("refuses a token with %s", async (_, claims, problem) => {
  expect(await verify(await issuer.sign(claims()))).toEqual({ status: "refused", problem });
});

test("refuses what proves nothing: no signature, one made with the public key, one of somebody else", async () => {
  const claims = goodClaims(issuer.settings.issuer);
  const { kid } = issuer.header;
  const secret = new TextEncoder().encode(await issuer.publicKeyText());
  const stranger = await generateKeyPair("ES256");
  const [head, body] = (await issuer.sign()).split(".");
  const refused = (problem: string) => ({ status: "refused", problem });
  expect(await verify(new UnsecuredJWT(claims).encode())).toEqual(refused("ERR_JOSE_ALG_NOT_ALLOWED"));
  const confused = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid }).sign(secret);
  expect(await verify(confused)).toEqual(refused("ERR_JOSE_ALG_NOT_ALLOWED"));
  // So far nothing was worth a question.
  expect(issuer.asked).toEqual([]);
  const forged = await new SignJWT(claims).setProtectedHeader(issuer.header).sign(stranger.privateKey);
  expect(await verify(forged)).toEqual(refused("ERR_JWS_SIGNATURE_VERIFICATION_FAILED"));
  expect(await statusOf(`${head}.${body}.`)).toBe("refused");
  for (const garbage of ["", "x", "a.b.c", "..", `${head}.${body}`]) expect(await statusOf(garbage)).toBe("refused");
});

test("finds the keys of a rotation, but asks for unknown ones every 30 seconds at most", async () => {
  const before = await issuer.sign();
  expect(await statusOf(before)).toBe("valid");
  await issuer.rotate();
  const after = await issuer.sign();
  expect(await statusOf(after)).toBe("refused");
  expect(await statusOf(before)).toBe("valid");
  expect(issuer.asked).toHaveLength(2);
  advance(31);
  expect(await statusOf(after)).toBe("valid");
  expect(await verify(before)).toEqual({ status: "refused", problem: "ERR_JWKS_NO_MATCHING_KEY" });
  expect(issuer.asked).toHaveLength(4);
});

test("cannot judge while the issuer is away, and asks it again after 5 seconds", async () => {
  const token = await issuer.sign();
  issuer.stop();
  expect(await verify(token)).toMatchObject({ status: "unavailable", retryAfterSeconds: 5 });
  issuer.resume();
  expect(await statusOf(token)).toBe("unavailable");
  expect(issuer.asked).toEqual([]);
  advance(5);
  expect(await statusOf(token)).toBe("valid");
});

test("judges by the keys that it has while the issuer is away, for ten minutes", async () => {
  const token = await issuer.sign();
  expect(await statusOf(token)).toBe("valid");
  issuer.stop();
  advance(599);
  expect(await statusOf(token)).toBe("valid");
  await issuer.rotate();
  expect(await statusOf(await issuer.sign())).toBe("unavailable");
  expect(await statusOf(token)).toBe("valid");
  advance(1);
  expect(await statusOf(token)).toBe("unavailable");
});

test.each([
  ["of another issuer", { issuer: "https://other.example" }],
  ["whose keys travel in the open", { jwks_uri: "http://keys.example/keys" }],
  ["whose keys are in a file", { jwks_uri: "file:///etc/keys.json" }],
])("takes no keys by a discovery document %s", async (_, change) => {
  Object.assign(issuer.document, change);
  const match = await verify(await issuer.sign());
  expect(match.status === "unavailable" && String(match.cause)).toMatch(/not that of http.*neither https nor loopback/);
  expect(issuer.asked).toEqual(["/.well-known/openid-configuration"]);
});

test("does not follow the issuer to another address", async () => {
  const other = await startIssuer();
  onTestFinished(() => other[Symbol.asyncDispose]());
  issuer.document.jwks_uri = `${issuer.settings.issuer}/to/${encodeURIComponent(other.document.jwks_uri)}`;
  expect(await statusOf(await issuer.sign())).toBe("unavailable");
  expect(other.asked).toEqual([]);
});
