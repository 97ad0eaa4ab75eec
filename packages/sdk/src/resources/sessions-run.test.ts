import { describe, expect, test, vi } from "vitest";
import { frame, recordSession, start } from "../../test/support/frames.ts";
import { events, hangUp, json, startServer } from "../../test/support/http-server.ts";
import { session } from "../../test/support/payloads.ts";
import { clientOf, failureOf } from "../../test/support/test-client.ts";

const one = recordSession([["Thu Apr 17\n"]]);
describe("run and wait", () => {
  const id = session.id;
  const ack = json(202, { id, status: "pending" });
  const failing = events(
    start +
      frame({ type: "output", id: 1, stream: "stdout", data: "x", turn: 1 }) +
      frame({ type: "error", id: 2, message: "Session failed" }) +
      frame({ type: "output", id: 3, stream: "stdout", data: "late", turn: 1 }),
  );

  test("run creates, streams to the end and gets the session", async () => {
    const server = await startServer(ack, events(one.from()), json(200, session));
    const result = await clientOf(server).sessions.run({ agentId: "a", prompt: "date", timeout: 60 });
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "POST /sessions",
      `GET /sessions/${id}/stream`,
      `GET /sessions/${id}`,
    ]);
    expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({ agent_id: "a", prompt: "date", timeout: 60 });
    expect(result.events.map(({ type }) => type)).toEqual(["start", "turn_start", "output", "exit"]);
    expect(result).toMatchObject({ verified: true, session: { id, status: "completed", exitCode: 0 } });
  });

  test("run reads nothing after the first terminal event", async () => {
    const server = await startServer(ack, failing, json(200, { ...session, status: "failed", exit_code: null }));
    const result = await clientOf(server).sessions.run({ agentId: "a", prompt: "p" });
    expect(result.events.map(({ type }) => type)).toEqual(["start", "output", "error"]);
    expect(result).toMatchObject({ verified: false, session: { status: "failed", exitCode: null } });
  });

  test("run hands each event to onEvent and waits for it", async () => {
    const server = await startServer(ack, events(one.from()), json(200, session));
    const seen: string[] = [];
    const result = await clientOf(server).sessions.run(
      { agentId: "a", prompt: "p" },
      {
        collectEvents: false,
        onEvent: async (event) => {
          seen.push(`${event.type} begins`);
          await Promise.resolve();
          seen.push(`${event.type} ends`);
        },
      },
    );
    expect(seen).toEqual(
      ["start", "turn_start", "output", "exit"].flatMap((type) => [`${type} begins`, `${type} ends`]),
    );
    expect(result.events).toEqual([]);
  });

  test("run passes on what onEvent throws and drops the connection", async () => {
    const broken = new Error("disk full");
    const server = await startServer(ack, events(one.from()));
    const onEvent = (): never => {
      throw broken;
    };
    expect(await failureOf(clientOf(server).sessions.run({ agentId: "a", prompt: "p" }, { onEvent }))).toBe(broken);
    expect(server.received).toHaveLength(2);
  });

  test("run makes one session for one idempotency key", async () => {
    const server = await startServer(hangUp, ack, events(one.from()), json(200, session));
    await clientOf(server).sessions.run({ agentId: "a", prompt: "p" }, { idempotencyKey: "job-7" });
    expect(server.received.slice(0, 2).map(({ headers }) => headers["idempotency-key"])).toEqual(["job-7", "job-7"]);
  });

  test("run goes on after a stale stream, from where it was, and proves the whole", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const two = recordSession([["one", "two"]]);
    const stale = frame({ type: "stale", id: 1, message: "No output for 600s" });
    const silent = two.from().slice(0, two.from().indexOf("id: 2")) + stale;
    const server = await startServer(ack, events(silent), events(two.from(1)), json(200, session));
    const result = await clientOf(server).sessions.run({ agentId: "a", prompt: "p" });
    expect(result.events.map(({ type }) => type)).toEqual(["start", "turn_start", "output", "output", "exit"]);
    expect(result).toMatchObject({ verified: true, session: { status: "completed" } });
    expect(server.received[2]?.url).toBe(`/sessions/${id}/stream?since=1`);
  });

  test("wait follows a session that exists, from a cursor", async () => {
    const server = await startServer(events(one.from()), json(200, session));
    const seen: string[] = [];
    const result = await clientOf(server).sessions.wait("s", { since: 2, onEvent: ({ type }) => void seen.push(type) });
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /sessions/s/stream?since=2",
      "GET /sessions/s",
    ]);
    expect(seen.at(-1)).toBe("exit");
    expect(result.session.id).toBe(id);
    expect(result.verified).toBe(false);
  });

  test("wait ends with the caller's reason", async () => {
    const server = await startServer(events(one.from(), { cut: true }));
    const reason = new Error("enough");
    const waiting = clientOf(server).sessions.wait("s", { signal: AbortSignal.abort(reason) });
    expect(await failureOf(waiting)).toBe(reason);
  });
});
