import {
  deletedSchema,
  interruptAckSchema,
  promptAckSchema,
  promptSchema,
  sessionCreateAckSchema,
  sessionCreateSchema,
  sessionListSchema,
  sessionSchema,
  sessionTurnListSchema,
  terminateAckSchema,
  turnEventsQuerySchema,
  turnEventsSchema,
} from "@aod/core";
import { DomainError } from "../../domain/domain-error.ts";
import { assertPromptable } from "../../domain/session-rules.ts";
import { createSession } from "../../operations/create-session.ts";
import { removeSession, terminateSession, type EndedSession } from "../../operations/end-session.ts";
import { interruptSession } from "../../operations/interrupt-session.ts";
import { assertBackend, promptSession } from "../../operations/prompt-session.ts";
import type { Services } from "../../services.ts";
import { listAgentEvents } from "../../store/agent-events.ts";
import { findSession, listSessions, type SessionView } from "../../store/sessions.ts";
import type { Db } from "../../store/store.ts";
import { hasTurn, listTurns } from "../../store/turns.ts";
import type { Answer, Call, KeyedRoute } from "./face-route.ts";
import { inTransaction } from "./idempotent.ts";
import { asObject, parseFields, readJson } from "./read-body.ts";
import { toSession, toTurn } from "./views.ts";

const streamUrl = (id: string) => `/sessions/${id}/stream`;

/** @throws DomainError `session_not_found` */
export async function requireSession(db: Db, call: Call): Promise<SessionView> {
  const session = await findSession(db, call.ownerId, call.id);
  if (session === null) throw new DomainError({ reason: "session_not_found" });
  return session;
}

/** The answer does not wait for a sandbox to go; one that is left over is swept. */
function stopInBackground(services: Services, ended: EndedSession): void {
  services.control.stop(ended).catch((error: unknown) => {
    services.logger.error({ err: error, sessionId: ended.sessionId }, "could not stop a session that is over");
  });
}

async function create(services: Services, call: Call): Promise<Answer> {
  return inTransaction(services.store.db, call, async (transaction) => {
    const request = parseFields(sessionCreateSchema, asObject(await readJson(call.body)));
    const { id, environmentId } = await createSession(transaction, services, { ownerId: call.ownerId, request });
    const resources = request.resources.map(({ type, url, mount_path }) => ({ type, url, mount_path }));
    const status = "pending";
    return {
      status: 202,
      body: { id, status, stream_url: streamUrl(id), environment_id: environmentId, resources, current_turn: 1 },
    };
  });
}

async function prompt(services: Services, call: Call): Promise<Answer> {
  return inTransaction(services.store.db, call, async (transaction) => {
    const session = await requireSession(transaction, call);
    assertPromptable(session.status);
    const request = parseFields(promptSchema, asObject(await readJson(call.body)));
    await assertBackend(services, session);
    const turn = await promptSession(transaction, services, {
      ...{ ownerId: call.ownerId, sessionId: call.id },
      ...{ prompt: request.prompt, timeoutSeconds: request.timeout },
    });
    return {
      status: 202,
      body: { id: call.id, status: "pending", stream_url: streamUrl(call.id), current_turn: turn },
    };
  });
}

async function interrupt(services: Services, { ownerId, id }: Call): Promise<Answer> {
  const { status, runningTurn } = await interruptSession(services, { ownerId, sessionId: id });
  if (runningTurn !== null) await services.control.interrupt({ sessionId: id, turn: runningTurn });
  return { status: 202, body: { id, status } };
}

async function turnEvents(services: Services, call: Call): Promise<Answer> {
  const { db } = services.store;
  await requireSession(db, call);
  const page = parseFields(turnEventsQuerySchema, call.queryFields());
  const { ownerId, id: sessionId, turn } = call;
  if (!(await hasTurn(db, sessionId, turn))) throw new DomainError({ reason: "turn_not_found" });
  const { entries, hasMore } = await listAgentEvents(db, { ownerId, sessionId, turn }, page);
  // As they are stored, but for the position in front: nothing is parsed on the way.
  const data = entries.map(({ position, data }) => `{"position":${position},${data.slice(1)}`);
  return { status: 200, body: `{"data":[${data.join(",")}],"has_more":${hasMore}}` };
}

/** Sessions and their turns, but for the stream (wire/aod 2). */
export function sessionRoutes(services: Services): KeyedRoute[] {
  const { db } = services.store;
  const target = (call: Call) => ({ ownerId: call.ownerId, sessionId: call.id });
  return [
    {
      ...{ method: "POST", path: "/sessions", access: "key" },
      describe: {
        ...{ summary: "Start a session", status: 202 },
        ...{ request: sessionCreateSchema, answer: sessionCreateAckSchema },
      },
      handle: (call) => create(services, call),
    },
    {
      ...{ method: "GET", path: "/sessions", access: "key" },
      describe: { summary: "List sessions", status: 200, answer: sessionListSchema },
      handle: async (call) => {
        const sessions = await listSessions(db, call.ownerId);
        return { status: 200, body: { data: sessions.map(toSession) } };
      },
    },
    {
      ...{ method: "GET", path: "/sessions/:id", access: "key" },
      describe: { summary: "Get a session", status: 200, answer: sessionSchema },
      handle: async (call) => ({ status: 200, body: toSession(await requireSession(db, call)) }),
    },
    {
      ...{ method: "POST", path: "/sessions/:id/prompt", access: "key" },
      describe: { summary: "Start the next turn", status: 202, request: promptSchema, answer: promptAckSchema },
      handle: (call) => prompt(services, call),
    },
    {
      ...{ method: "GET", path: "/sessions/:id/turns", access: "key" },
      describe: { summary: "List the turns of a session", status: 200, answer: sessionTurnListSchema },
      handle: async (call) => {
        await requireSession(db, call);
        const turns = await listTurns(db, call.ownerId, call.id);
        return { status: 200, body: { data: turns.map(toTurn) } };
      },
    },
    {
      ...{ method: "GET", path: "/sessions/:id/turns/:turn/events", access: "key" },
      describe: {
        ...{ summary: "List what the agent did in a turn", status: 200 },
        ...{ query: turnEventsQuerySchema, answer: turnEventsSchema },
      },
      handle: (call) => turnEvents(services, call),
    },
    {
      ...{ method: "POST", path: "/sessions/:id/interrupt", access: "key" },
      describe: { summary: "Cut the current turn short", status: 202, answer: interruptAckSchema },
      handle: (call) => interrupt(services, call),
    },
    {
      ...{ method: "POST", path: "/sessions/:id/terminate", access: "key" },
      describe: { summary: "End a session for good", status: 200, answer: terminateAckSchema },
      handle: async (call) => {
        stopInBackground(services, await terminateSession(services, target(call)));
        return { status: 200, body: { id: call.id, status: "terminated" } };
      },
    },
    {
      ...{ method: "DELETE", path: "/sessions/:id/delete", access: "key" },
      describe: { summary: "Delete a finished session", status: 200, answer: deletedSchema },
      handle: async (call) => {
        stopInBackground(services, await removeSession(services, target(call)));
        return { status: 200, body: { detail: "Session deleted" } };
      },
    },
  ];
}
