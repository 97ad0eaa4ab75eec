import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startModelEndpoint } from "../../support/model-endpoint/model-endpoint.ts";
import { notRunBanner } from "@aod/testing/not-run";
import { networkEnvironment } from "../../support/network-environment.ts";
import { startServerProcess, type ServerProcess } from "../../support/server-process.ts";
import { curlQuickstart, hasCurl, paste, pasteTimeoutMs } from "./paste.ts";

const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as string;
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/) as string;

let server: ServerProcess;
const opened = new AsyncDisposableStack();

interface Frame {
  readonly id: string | null;
  readonly data: { readonly type: string; readonly id?: number } & Readonly<Record<string, unknown>>;
}

/** The frames as they stand on the wire; anything but the three kinds of line that a reader is promised is an error. */
function toFrames(stream: string): Frame[] {
  const blocks = stream.split("\n\n").filter((block) => block !== "" && !block.startsWith(":"));
  return blocks.map((block) => {
    const match = /^(?:id: (\d+)\n)?data: (\{.*\})$/.exec(block);
    if (match === null) throw new Error(`not a frame: ${block}`);
    return { id: match[1] ?? null, data: JSON.parse(match[2] ?? "") as Frame["data"] };
  });
}

function expectQuickstartStream(frames: readonly Frame[], sessionId: string): void {
  const start = { type: "start", runtime: "claude", provider: "anthropic", session_id: sessionId };
  expect(frames[0]).toEqual({ id: null, data: start });
  expect(frames.at(-1)?.data, JSON.stringify(frames, null, 1)).toMatchObject({ type: "exit", code: 0 });
  const turnStart = frames.findIndex(({ data }) => data.type === "turn_start");
  const output = frames[turnStart + 1];
  expect(frames[turnStart]).toEqual({ id: null, data: { type: "turn_start", id: output?.data.id, turn: 1 } });
  expect(output?.data).toMatchObject({ type: "output", turn: 1 });
  const numbered = frames.filter(({ id }) => id !== null);
  expect(numbered.map(({ id }) => Number(id))).toEqual(numbered.map((_, index) => index + 1));
  expect(numbered.map(({ id }) => Number(id))).toEqual(numbered.map(({ data }) => data.id));
  expect(frames.at(-1)?.data).toMatchObject({ count: numbered.length - 1 });
  const text = frames.flatMap(({ data }) => (data.type === "output" ? [data["data"]] : [])).join("");
  expect(text).toContain("Hello from the quickstart.");
}

const runtimeField = `"runtime": "claude"`;
const providerField = `"provider": "anthropic"`;

test("an absent curl is announced, not passed over", () => {
  expect(hasCurl({ PATH: "/nowhere" })).toBe(false);
  expect(notRunBanner([curlQuickstart])).toContain("NOT RUN: the curl lines of the quickstart");
});

if (hasCurl()) {
  beforeAll(async () => {
    const endpoint = opened.use(await startModelEndpoint());
    const { url } = endpoint.scenario("quickstart", () => ({ text: "Hello from the quickstart." }));
    // The quickstart's agent has no environment, so its key and endpoint are the deployment's.
    server = opened.use(
      await startServerProcess({
        env: {
          ...networkEnvironment(),
          AOD_SESSION_ENV_ANTHROPIC_API_KEY: "sk-scripted",
          AOD_SESSION_ENV_ANTHROPIC_BASE_URL: url,
        },
      }),
    );
  });

  afterAll(() => opened.disposeAsync());

  describe.each([
    { dialect: "runtime", agentField: {}, model: "anthropic/claude-sonnet-4-6", scripted: {} },
    {
      dialect: "provider",
      agentField: { [runtimeField]: providerField },
      // This dialect stores the model without its provider.
      model: "claude-sonnet-4-6",
      scripted: { [runtimeField.replace(" ", "")]: providerField.replace(" ", "") },
    },
  ])("the curl lines of the quickstart, with $dialect", ({ agentField, model, scripted }) => {
    test(
      "create an agent, start a session and stream it, step by step [C1]",
      { timeout: 2 * pasteTimeoutMs },
      async () => {
        const agent = JSON.parse(await paste("create-agent.sh", server, agentField)) as { id: string };
        expect(agent).toEqual({
          id: uuid,
          type: "agent",
          name: "hello",
          model,
          runtime: "claude",
          provider: "anthropic",
          system: null,
          description: null,
          environment_id: null,
          skills: [],
          mcp_servers: [],
          metadata: {},
          version: 1,
          created_at: time,
          updated_at: time,
          archived_at: null,
        });

        const ack = JSON.parse(await paste("create-session.sh", server, { "<agent-uuid>": agent.id })) as {
          id: string;
        };
        expect(ack).toMatchObject({
          id: uuid,
          status: "pending",
          stream_url: `/sessions/${ack.id}/stream`,
          environment_id: null,
          resources: [],
          current_turn: 1,
        });

        const live = await paste("stream.sh", server, { "<session-uuid>": ack.id });
        expectQuickstartStream(toFrames(live), ack.id);
        // Reconnecting replays all output from the beginning [L3].
        const withoutHeartbeats = (stream: string) => stream.replaceAll(/^:.*\n\n/gm, "");
        expect(await paste("stream.sh", server, { "<session-uuid>": ack.id })).toBe(withoutHeartbeats(live));
      },
    );

    test("the full scripted example runs as it is printed [C1]", { timeout: 2 * pasteTimeoutMs }, async () => {
      const printed = await paste("scripted.sh", server, scripted);
      const end = printed.lastIndexOf("\n\n") + 2;
      const archived = JSON.parse(printed.slice(end)) as { name: string; archived_at: string | null };
      expect(archived).toMatchObject({ name: "demo", model, archived_at: time });
      const frames = toFrames(printed.slice(0, end));
      expectQuickstartStream(frames, String(frames[0]?.data["session_id"]));
    });
  });
}
