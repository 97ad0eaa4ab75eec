import { eq } from "drizzle-orm";
import { expect } from "vitest";
import { sessions, turns } from "../../src/store/schema.ts";
import { replaceParameters } from "../../src/faces/agents/face-route.ts";
import type { FaceApp, FaceRequest } from "./face-app.ts";

/** A body of JSON, to be looked into by tests. */
export type Json = Record<string, unknown> & { readonly id: string };

/** The smallest agents, one for each way to write them. */
export const runtimeAgent = { name: "hello", model: "anthropic/claude-sonnet-4-6", runtime: "claude" };
export const providerAgent = { name: "hello", model: "claude-sonnet-4-6", provider: "anthropic" };
export const commandAgent = { name: "hello", runtime: "command" };

/** A UUID that names nothing. */
export const unknownId = "00000000-0000-4000-8000-000000000000";

/** A route's path for this row; of a session, its first turn. */
export function pathFor(path: string, id: string): string {
  return replaceParameters(path, (name) => (name === "id" ? id : "1"));
}

/** Sends a request that has to work. @returns its body */
export async function must(face: FaceApp, method: string, path: string, request?: FaceRequest): Promise<Json> {
  const answer = await face.send(method, path, request);
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
  return answer.body as Json;
}

/** @returns the new agent */
export function makeAgent(face: FaceApp, body: object = {}, key?: string): Promise<Json> {
  return must(face, "POST", "/agents", { body: { ...runtimeAgent, ...body }, ...(key === undefined ? {} : { key }) });
}

let environmentCount = 0;

/** @returns the new environment, with a name of its own unless `body` has one */
export function makeEnvironment(face: FaceApp, body: object = {}, key?: string): Promise<Json> {
  const name = `environment ${++environmentCount}`;
  return must(face, "POST", "/environments", { body: { name, ...body }, ...(key === undefined ? {} : { key }) });
}

/** @returns the acknowledgement of a new session */
export async function makeSession(face: FaceApp, body: object = {}, key?: string): Promise<Json> {
  const agent = "agent_id" in body ? {} : { agent_id: (await makeAgent(face, {}, key)).id };
  const request = { body: { ...agent, prompt: "hi", ...body }, ...(key === undefined ? {} : { key }) };
  return must(face, "POST", "/sessions", request);
}

/** Puts a session and its last turn where a worker would have put them. */
export async function setSession(
  face: FaceApp,
  id: string,
  status: "pending" | "running" | "completed" | "failed" | "terminated",
  exitCode: number | null = null,
): Promise<void> {
  const { db } = face.services.store;
  await db.update(sessions).set({ status, exitCode, sandboxRef: "box" }).where(eq(sessions.id, id));
  const turnStatus = status === "terminated" ? "failed" : status;
  await db.update(turns).set({ status: turnStatus, exitCode }).where(eq(turns.sessionId, id));
}

/** The entries of a 422 list. */
export function fieldErrors(body: unknown): { type: string; loc: (string | number)[]; msg: string; input?: unknown }[] {
  return (body as { detail: { type: string; loc: (string | number)[]; msg: string; input?: unknown }[] }).detail;
}
