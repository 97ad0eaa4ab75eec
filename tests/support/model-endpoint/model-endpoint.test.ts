import { once } from "node:events";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelReply } from "./model-call.ts";
import { startModelEndpoint, type ModelEndpoint } from "./model-endpoint.ts";

let endpoint: ModelEndpoint;
beforeAll(async () => {
  endpoint = await startModelEndpoint();
});
afterAll(() => endpoint[Symbol.asyncDispose]());

const post = (url: string, body: unknown) => fetch(url, { method: "POST", body: JSON.stringify(body) });

/** The same conversation in each dialect: asked, a tool called and answered. */
const dialects = [
  {
    name: "Anthropic Messages",
    path: "/v1/messages?beta=true",
    body: {
      model: "m",
      system: [{ type: "text", text: "Be brief." }],
      messages: [
        { role: "user", content: "hello" },
        { role: "assistant", content: [{ type: "tool_use", id: "1", name: "look", input: {} }] },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "1", content: [{ type: "text", text: "seen" }] }],
        },
      ],
      tools: [{ name: "look" }],
    },
    tool: `"name":"look"`,
  },
  {
    name: "OpenAI Responses",
    path: "/v1/responses",
    body: {
      model: "m",
      instructions: "Be brief.",
      input: [
        { type: "message", role: "user", content: [{ type: "input_text", text: "hello" }] },
        { type: "function_call", call_id: "1", name: "look", arguments: "{}" },
        { type: "function_call_output", call_id: "1", output: "seen" },
      ],
      tools: [{ type: "function", name: "look" }],
    },
    tool: `"name":"look"`,
  },
  {
    name: "OpenAI Chat Completions",
    path: "/v1/chat/completions",
    body: {
      model: "m",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hello" },
        { role: "assistant", content: null, tool_calls: [] },
        { role: "tool", tool_call_id: "1", content: "seen" },
      ],
      tools: [{ type: "function", function: { name: "look" } }],
    },
    tool: `"function":{"name":"look"`,
  },
  {
    name: "Gemini",
    path: "/v1beta/models/m:streamGenerateContent?alt=sse",
    body: {
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        { role: "user", parts: [{ text: "hello" }] },
        { role: "model", parts: [{ functionCall: { name: "look", args: {} } }] },
        { role: "user", parts: [{ functionResponse: { name: "look", response: { output: "seen" } } }] },
      ],
      tools: [{ functionDeclarations: [{ name: "look" }] }],
    },
    tool: `"functionCall":{"name":"look"`,
  },
];

describe.each(dialects)("$name", ({ name, path, body, tool }) => {
  const open = (reply: ModelReply) => endpoint.scenario(encodeURIComponent(name), () => reply);

  test("reads who said what, and how far the turn has come", async () => {
    const scenario = open({ text: "fine" });
    await post(scenario.url + path, body);
    const [call] = scenario.calls();
    expect(call).toMatchObject({ model: "m", system: "Be brief.", tools: [{ name: "look" }] });
    expect(call?.messages[0]).toEqual({ role: "user", text: "hello" });
    expect(call?.messages.at(-1)?.role).toBe("tool");
    expect(call?.toolResults.join()).toContain("seen");
  });

  test("answers with text as one stream of events, without a raw line separator", async () => {
    const response = await post(open({ text: "fine\u2028✅" }).url + path, body);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const text = await response.text();
    expect(text).toContain("fine\\u2028✅");
    expect(text).not.toContain("\u2028");
    expect(text.endsWith("\n\n")).toBe(true);
  });

  test("answers with a tool call", async () => {
    const response = await post(open({ tool: { name: "look" }, input: { at: "this" } }).url + path, body);
    const text = await response.text();
    expect(text).toContain(tool);
    expect(text).toMatch(/\\?"at\\?":\\?"this/);
  });

  test("answers with an error status", async () => {
    const response = await post(open({ status: 401, message: "key refused" }).url + path, body);
    expect(response.status).toBe(401);
    expect(await response.text()).toContain("key refused");
  });

  test("answers a request without tools by itself: the script knows nothing of titles", async () => {
    const scenario = open({ status: 500, message: "not asked" });
    const response = await post(scenario.url + path, { ...body, tools: [] });
    expect(await response.text()).toContain("A title");
    expect(scenario.calls()).toEqual([]);
    expect(scenario.requests).toHaveLength(1);
  });
});

test("a script that throws ends the request and is kept", async () => {
  const scenario = endpoint.scenario("broken", () => {
    throw new Error("no such tool");
  });
  const response = await post(`${scenario.url}/v1/messages`, { messages: [], tools: [{ name: "look" }] });
  expect(response.status).toBe(400);
  expect(scenario.failures).toEqual([new Error("no such tool")]);
});

test("stays silent until the caller hangs up", async () => {
  const scenario = endpoint.scenario("silent", () => "silence");
  const caller = new AbortController();
  const body = JSON.stringify({ messages: [], tools: [{ name: "look" }] });
  const answer = fetch(`${scenario.url}/v1/messages`, { method: "POST", body, signal: caller.signal });
  const rejection = expect(answer).rejects.toThrow("aborted");
  await scenario.waiting;
  caller.abort();
  await scenario.hungUp;
  await rejection;
});

test("counts tokens, and knows nothing else", async () => {
  const scenario = endpoint.scenario("other", () => ({ text: "fine" }));
  expect(await (await post(`${scenario.url}/v1/messages/count_tokens`, {})).json()).toEqual({ input_tokens: 100 });
  expect((await fetch(`${scenario.url}/v1/models`)).status).toBe(404);
  expect((await fetch(scenario.url.replace("other", "unknown") + "/v1/models")).status).toBe(404);
});

test("refuses to become a WebSocket, and lets nothing through as a proxy", async () => {
  const { port } = new URL(endpoint.proxyUrl);
  const upgrade = request({
    port,
    path: "/s/x/v1/responses",
    headers: { connection: "Upgrade", upgrade: "websocket" },
  });
  upgrade.end();
  const [refused] = (await once(upgrade, "response")) as [{ statusCode: number }];
  expect(refused.statusCode).toBe(404);
  const connect = request({ port, method: "CONNECT", path: "api.example.com:443" });
  connect.end();
  const [denied] = (await once(connect, "connect")) as [{ statusCode: number }];
  expect(denied.statusCode).toBe(403);
  expect(endpoint.outside).toEqual(["api.example.com:443"]);
});
