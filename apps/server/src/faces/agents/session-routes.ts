import {
  deletedSchema,
  interruptAckSchema,
  promptAckSchema,
  promptSchema,
  quotaErrorSchema,
  sessionCreateAckSchema,
  sessionCreateSchema,
  sessionListSchema,
  sessionSchema,
  sessionTurnListSchema,
  terminateAckSchema,
  turnEventsQuerySchema,
  turnEventsSchema,
} from "@aod/core";
import type { z } from "zod";
import { DomainError } from "../../domain/domain-error.ts";
import { assertPromptable } from "../../domain/session-rules.ts";
import { createSession } from "../../operations/create-session.ts";
import { deleteOwnSession } from "../../operations/delete-session.ts";
import { interruptSession } from "../../operations/interrupt-session.ts";
import { assertBackend, promptSession } from "../../operations/prompt-session.ts";
import { requireSession } from "../../operations/require-row.ts";
import { terminateSession, type EndedSession } from "../../operations/terminate-session.ts";
import type { Services } from "../../services.ts";
import { listAgentEvents } from "../../store/agent-events.ts";
import { listSessions } from "../../store/sessions.ts";
import type { Db } from "../../store/store.ts";
import { hasTurn, listTurns } from "../../store/turns.ts";
import { route, type Answer, type Call, type KeyedRoute } from "./face-route.ts";
import { onceRoutes } from "./idempotent.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import { asObject, parseFields, readJson } from "./read-body.ts";
import { toSession, toTurn } from "./views.ts";

const streamUrl = (id: string) => `/sessions/${id}/stream`;

/** The answer does not wait for a sandbox to go; one that is left over is swept. */
function stopInBackground(services: Services, ended: EndedSession): void {
  services.control.stop(ended).catch((error: unknown) => {
    services.logger.error({ err: error, sessionId: ended.sessionId }, "could not stop a session that is over");
  });
}

/** Reads a body that starts a turn, with this deployment's timeout where it names none. */
async function readTurn<T extends { timeout: number }>(
  { env }: Services,
  schema: z.ZodType<T>,
  call: Call,
): Promise<T> {
  const body = asObject(await readJson(call.body));
  const request = parseFields(schema, body);
  return "timeout" in body ? request : { ...request, timeout: env.defaultTimeoutSeconds };
}

async function create(services: Services, call: Call, transaction: Db): Promise<Answer> {
  const request = await readTurn(services, sessionCreateSchema, call);
  const { id, environmentId } = await createSession(transaction, services, { ownerId: call.ownerId, request });
  const resources = request.resources.map(({ type, url, mount_path }) => ({ type, url, mount_path }));
  const status = "pending";
  return {
    status: 202,
    body: { id, status, stream_url: streamUrl(id), environment_id: environmentId, resources, current_turn: 1 },
  };
}

async function prompt(services: Services, call: Call, transaction: Db): Promise<Answer> {
  const { ownerId, id } = call;
  const session = await requireSession(transaction, ownerId, id);
  assertPromptable(session.status);
  const request = await readTurn(services, promptSchema, call);
  await assertBackend(services, session);
  const turn = await promptSession(transaction, services, {
    ownerId,
    sessionId: id,
    prompt: request.prompt,
    timeoutSeconds: request.timeout,
  });
  return { status: 202, body: { id, status: "pending", stream_url: streamUrl(id), current_turn: turn } };
}

async function interrupt(services: Services, { ownerId, id }: Call): Promise<Answer> {
  const { status, runningTurn } = await interruptSession(services, { ownerId, sessionId: id });
  if (runningTurn !== null) await services.control.interrupt({ sessionId: id, turn: runningTurn });
  return { status: 202, body: { id, status } };
}

async function turnEvents(services: Services, call: Call): Promise<Answer> {
  const { db } = services.store;
  const { ownerId, id: sessionId, turn } = call;
  await requireSession(db, ownerId, sessionId);
  const page = parseFields(turnEventsQuerySchema, call.queryFields());
  if (!(await hasTurn(db, sessionId, turn))) throw new DomainError({ reason: "turn_not_found" });
  const { entries, hasMore } = await listAgentEvents(db, { ownerId, sessionId, turn }, page);
  // As they are stored, but for the position in front: nothing is parsed on the way.
  const data = entries.map(({ position, data }) => `{"position":${position},${data.slice(1)}`);
  return { status: 200, body: `{"data":[${data.join(",")}],"has_more":${hasMore}}` };
}

/** Sessions of one owner are made one after the other anyway, by a lock. Here they wait without a connection. */
function queued(creating: KeyedRoute): KeyedRoute {
  const creations = new OneAtATime();
  return { ...creating, handle: (call, reply) => creations.run(call.ownerId, () => creating.handle(call, reply)) };
}

/** Sessions and their turns, but for the stream. */
export function sessionRoutes(services: Services): KeyedRoute[] {
  const { db } = services.store;
  const once = onceRoutes(services);
  return [
    queued(
      once(
        "POST",
        "/sessions",
        {
          operationId: "createSession",
          summary: "Start a session",
          status: 202,
          request: sessionCreateSchema,
          refersToRows: true,
          answer: sessionCreateAckSchema,
          otherAnswers: { 429: { summary: "Concurrent session limit reached", answer: quotaErrorSchema } },
        },
        (call, transaction) => create(services, call, transaction),
      ),
    ),
    route(
      "GET",
      "/sessions",
      { operationId: "listSessions", summary: "List sessions", status: 200, answer: sessionListSchema },
      async (call) => {
        const sessions = await listSessions(db, call.ownerId);
        return { status: 200, body: { data: sessions.map(toSession) } };
      },
    ),
    route(
      "GET",
      "/sessions/:id",
      { operationId: "getSession", summary: "Get a session", status: 200, answer: sessionSchema },
      async (call) => ({ status: 200, body: toSession(await requireSession(db, call.ownerId, call.id)) }),
    ),
    once(
      "POST",
      "/sessions/:id/prompt",
      {
        operationId: "promptSession",
        summary: "Start the next turn",
        status: 202,
        request: promptSchema,
        answer: promptAckSchema,
      },
      (call, transaction) => prompt(services, call, transaction),
    ),
    route(
      "GET",
      "/sessions/:id/turns",
      { operationId: "listTurns", summary: "List the turns of a session", status: 200, answer: sessionTurnListSchema },
      async (call) => {
        await requireSession(db, call.ownerId, call.id);
        const turns = await listTurns(db, call.ownerId, call.id);
        return { status: 200, body: { data: turns.map(toTurn) } };
      },
    ),
    route(
      "GET",
      "/sessions/:id/turns/:turn/events",
      {
        operationId: "listTurnEvents",
        summary: "List what the agent did in a turn",
        status: 200,
        query: turnEventsQuerySchema,
        answer: turnEventsSchema,
      },
      (call) => turnEvents(services, call),
    ),
    route(
      "POST",
      "/sessions/:id/interrupt",
      {
        operationId: "interruptSession",
        summary: "Cut the current turn short",
        status: 202,
        answer: interruptAckSchema,
      },
      (call) => interrupt(services, call),
    ),
    route(
      "POST",
      "/sessions/:id/terminate",
      { operationId: "terminateSession", summary: "End a session for good", status: 200, answer: terminateAckSchema },
      async ({ ownerId, id }) => {
        stopInBackground(services, await terminateSession(services, { ownerId, sessionId: id }));
        return { status: 200, body: { id, status: "terminated" } };
      },
    ),
    once(
      "DELETE",
      "/sessions/:id/delete",
      { operationId: "deleteSession", summary: "Delete a finished session", status: 200, answer: deletedSchema },
      async ({ ownerId, id }, transaction) => {
        const ended = await deleteOwnSession(transaction, { ownerId, sessionId: id });
        return {
          status: 200,
          body: { detail: "Session deleted" },
          afterCommit: () => stopInBackground(services, ended),
        };
      },
    ),
  ];
}
