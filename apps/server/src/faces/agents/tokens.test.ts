import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test, vi } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import { makeAgent, makeSession, must, pathFor, runtimeAgent } from "../../../test/support/face-steps.ts";
import { startIssuer, type TestIssuer } from "../../../test/support/issuer.ts";
import { linkOwner } from "../../auth/identities.ts";
import { owners } from "../../store/schema.ts";
import { agentsFaceRoutes } from "./index.ts";

async function start(options: { signup?: boolean } = {}): Promise<{ face: FaceApp; issuer: TestIssuer }> {
  const issuer = await startIssuer(options);
  onTestFinished(() => issuer[Symbol.asyncDispose]());
  const face = await createFaceApp({ env: { oidc: issuer.settings } });
  onTestFinished(() => face[Symbol.asyncDispose]());
  return { face, issuer };
}

const invalid = [401, `{"detail":"Invalid API key"}`];

async function listAgents(face: FaceApp, key: string) {
  const { status, text } = await face.send("GET", "/agents", { key });
  return [status, text];
}

const warnings = (face: FaceApp) => face.logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 40);

test("a token opens the account that its subject was linked to, beside the account's keys", async () => {
  const { face, issuer } = await start();
  const [owner] = await face.services.store.db.select().from(owners);
  await linkOwner(face.services.store.db, owner?.name ?? "", { issuer: issuer.settings.issuer, subject: "alice" });
  const key = await issuer.sign();
  const agent = await makeAgent(face, {}, key);
  expect(await must(face, "GET", `/agents/${agent.id}`)).toEqual(agent);
  const made = await must(face, "POST", "/keys", { key, body: { name: "x" } });
  expect(made["scopes"]).toBeNull();
  expect((await face.send("DELETE", `/keys/${made.id}`, { key })).status).toBe(200);
});

test("a subject without an account is refused, and only the log says who it was", async () => {
  const { face, issuer } = await start();
  const token = await issuer.sign({ email: "alice@example.com" });
  const answer = await face.send("GET", "/agents", { key: token });
  expect([answer.status, answer.text]).toEqual(invalid);
  expect(answer.headers["www-authenticate"]).toBe("Bearer");
  expect(warnings(face)).toHaveLength(1);
  expect(JSON.parse(warnings(face)[0] ?? "")).toMatchObject({
    issuer: issuer.settings.issuer,
    subject: "alice",
    msg: expect.stringContaining("aod-server owners link NAME ISSUER SUBJECT") as string,
  });
  expect(await face.services.store.db.select().from(owners)).toHaveLength(1);
  for (const line of face.logged) {
    expect(line).not.toContain("alice@example.com");
    for (const part of token.split(".")) expect(line).not.toContain(part);
  }
});

test("a subject that keeps coming, and an issuer that stays away, are warned of once", async () => {
  const { face, issuer } = await start();
  const [alice, bob] = [await issuer.sign(), await issuer.sign({ sub: "bob" })];
  for (const key of [alice, bob, alice, bob]) expect(await listAgents(face, key)).toEqual(invalid);
  const subjects = () => warnings(face).map((line) => (JSON.parse(line) as { subject?: string }).subject);
  expect(subjects()).toEqual(["alice", "bob"]);
  expect(face.logged.filter((line) => line.includes("a subject without an account"))).toHaveLength(4);
  await using away = await startIssuer();
  await using other = await createFaceApp({ env: { oidc: away.settings } });
  const key = await away.sign();
  away.stop();
  for (let asked = 0; asked < 3; asked += 1) {
    expect((await other.send("GET", "/agents", { key })).status).toBe(503);
  }
  expect(warnings(other)).toHaveLength(1);
});

test("a token that proves nothing is refused like an unknown key, wherever it stands", async () => {
  const { face, issuer } = await start({ signup: true });
  for (const key of [await issuer.sign({ aud: "other" }), await issuer.sign({ exp: 1 }), "a.b.c", "x", "aod_x"]) {
    expect(await listAgents(face, key)).toEqual(invalid);
  }
  const inHeader = { key: false, headers: { "x-api-key": await issuer.sign() } } as const;
  expect((await face.send("GET", "/agents", inHeader)).status).toBe(401);
  expect(await face.services.store.db.select().from(owners)).toHaveLength(1);
  expect(warnings(face)).toEqual([]);
});

test("without an issuer every token is an unknown key", async () => {
  const issuer = await startIssuer();
  onTestFinished(() => issuer[Symbol.asyncDispose]());
  await using face = await createFaceApp();
  expect(await listAgents(face, await issuer.sign())).toEqual(invalid);
  expect(issuer.asked).toEqual([]);
});

test("while the issuer is away tokens are answered 503, and keys as ever", async () => {
  const { face, issuer } = await start({ signup: true });
  const key = await issuer.sign();
  issuer.stop();
  const answer = await face.send("GET", "/agents", { key });
  expect([answer.status, answer.text, answer.headers["retry-after"]]).toEqual([
    503,
    `{"detail":"The issuer of the token is not available. Try again."}`,
    "5",
  ]);
  expect(warnings(face)).toHaveLength(1);
  expect((await face.send("GET", "/agents")).status).toBe(200);
  expect(await listAgents(face, await issuer.sign({ iss: "https://other.example" }))).toEqual(invalid);
});

test("S2: two subjects never see each other's rows", async () => {
  const { face, issuer } = await start({ signup: true });
  const [alice, bob] = [await issuer.sign(), await issuer.sign({ sub: "bob" })];
  const agent = await makeAgent(face, {}, alice);
  const session = await makeSession(face, { agent_id: agent.id }, alice);
  const ids: Readonly<Record<string, string>> = { agents: agent.id, sessions: session.id };
  for (const { access, method, path } of agentsFaceRoutes(face.services)) {
    const [, resource = ""] = path.split("/");
    const id = ids[resource];
    if (access !== "key" || method !== "GET" || id === undefined) continue;
    const isList = !path.includes(":id");
    const answer = await face.send(method, pathFor(path, id), { key: bob });
    expect([path, answer.status]).toEqual([path, isList ? 200 : 404]);
    if (isList) expect(answer.body).toEqual({ data: [] });
  }
  expect(await must(face, "GET", "/agents", { key: alice })).toMatchObject({ data: [{ id: agent.id }] });
  // A new token of the same subject is the same account.
  const again = await issuer.sign({ jti: randomUUID() });
  expect(await must(face, "GET", `/sessions/${session.id}`, { key: again })).toMatchObject({ id: session.id });
});

test("an Idempotency-Key belongs to the account, whichever of its tokens a request comes with", async () => {
  const { face, issuer } = await start({ signup: true });
  const headers = { "idempotency-key": "one" };
  const make = async (claims: object) => {
    const key = await issuer.sign({ jti: randomUUID(), ...claims });
    return await must(face, "POST", "/agents", { key, headers, body: runtimeAgent });
  };
  const first = await make({});
  expect((await make({})).id).toBe(first.id);
  expect((await make({ sub: "bob" })).id).not.toBe(first.id);
});

test("a token that ends, ends its streams", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const { face, issuer } = await start({ signup: true });
  const { id } = await makeSession(face, {}, await issuer.sign());
  // Half a second is left of what clocks may differ by.
  vi.setSystemTime(Math.floor(Date.now() / 1_000) * 1_000 + 500);
  const key = await issuer.sign({ exp: Math.floor(Date.now() / 1_000) - 29 });
  const answer = await face.send("GET", `/sessions/${id}/stream`, { key });
  expect(answer.status).toBe(200);
  expect(answer.text).toContain('"type":"start"');
});
