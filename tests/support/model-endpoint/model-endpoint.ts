import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { anthropicMessages } from "./anthropic-messages.ts";
import { gemini } from "./gemini.ts";
import type { ModelApi, ModelCall, ModelReply } from "./model-call.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiResponses } from "./openai-responses.ts";

/** What the model says in one scenario. A thrown error is kept in `failures` and answered with status 400, which no CLI repeats. */
type Script = (call: ModelCall) => ModelReply;

interface RecordedRequest {
  readonly method: string;
  /** Behind the scenario's own prefix. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** null when it asked for something else than an answer. */
  readonly call: ModelCall | null;
}

/** One scripted conversation partner, told apart from the others by the path of its URL. */
export interface Scenario {
  /** Base URL without `/v1`. */
  readonly url: string;
  /** Everything that came, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Requests for an answer that offered tools: those without are side calls (titles, routing). */
  calls(): ModelCall[];
  /** Errors of the script. */
  readonly failures: readonly unknown[];
  /** Resolves when the first request waits in vain: the script said "silence". */
  readonly waiting: Promise<undefined>;
  /** Resolves when whoever waits there has hung up. */
  readonly hungUp: Promise<undefined>;
}

export interface ModelEndpoint extends AsyncDisposable {
  /** For HTTPS_PROXY and HTTP_PROXY of a CLI: lets nothing through. */
  readonly proxyUrl: string;
  /** Hosts that were asked for through the proxy: what would have left the machine. */
  readonly outside: readonly string[];
  scenario(name: string, script: Script): Scenario;
}

interface OpenScenario extends Scenario {
  readonly script: Script;
  readonly requests: RecordedRequest[];
  readonly failures: unknown[];
  readonly onWaiting: () => void;
  readonly onHungUp: () => void;
}

/** Starts a model API on loopback that says what the tests want: four vendors' dialects, no real model. */
export async function startModelEndpoint(): Promise<ModelEndpoint> {
  const scenarios = new Map<string, OpenScenario>();
  const server = createServer((request, response) => {
    const [, name = "", path = ""] = /^\/s\/([^/]+)(\/.*)$/.exec(request.url ?? "") ?? [];
    const scenario = scenarios.get(name);
    if (scenario === undefined) {
      // A proxied request in the clear has a whole URL.
      if (request.url?.startsWith("http") === true) outside.push(request.url);
      response.writeHead(404).end();
      return;
    }
    answer(scenario, path, request, response).catch((error: unknown) => {
      scenario.failures.push(error);
      response.writeHead(400).end();
    });
  });
  // codex asks for a WebSocket first.
  server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
  const outside: string[] = [];
  server.on("connect", (request, socket) => {
    outside.push(request.url ?? "");
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    proxyUrl: `http://127.0.0.1:${port}`,
    outside,
    scenario: (name, script) => {
      const requests: RecordedRequest[] = [];
      const calls = () => requests.flatMap(({ call }) => (call !== null && call.tools.length > 0 ? [call] : []));
      const waiting = Promise.withResolvers<undefined>();
      const hungUp = Promise.withResolvers<undefined>();
      const scenario = {
        url: `http://127.0.0.1:${port}/s/${name}`,
        script,
        requests,
        calls,
        failures: [],
        waiting: waiting.promise,
        onWaiting: () => waiting.resolve(undefined),
        hungUp: hungUp.promise,
        onHungUp: () => hungUp.resolve(undefined),
      };
      scenarios.set(name, scenario);
      return scenario;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function findApi(path: string): ModelApi | null {
  const { pathname } = new URL(path, "http://localhost");
  if (pathname.endsWith("/messages")) return anthropicMessages;
  if (pathname.endsWith("/responses")) return openaiResponses;
  if (pathname.endsWith("/chat/completions")) return openaiChat;
  if (pathname.endsWith(":streamGenerateContent")) return gemini;
  return null;
}

async function answer(scenario: OpenScenario, path: string, request: IncomingMessage, response: ServerResponse) {
  const body = await text(request);
  const api = request.method === "POST" ? findApi(path) : null;
  const call = api?.parse(JSON.parse(body), path) ?? null;
  scenario.requests.push({ method: request.method ?? "", path, headers: request.headers, call });
  if (api === null || call === null) {
    const isCount = path.includes("/count_tokens");
    response.writeHead(isCount ? 200 : 404, { "content-type": "application/json" });
    response.end(isCount ? `{"input_tokens":100}` : "{}");
    return;
  }
  // Without tools it is a side call (a title, a route), which the script knows nothing of.
  const isSide = call.tools.length === 0;
  const reply: ModelReply = isSide ? { text: "A title" } : scenario.script(call);
  if (reply === "silence") {
    response.once("close", scenario.onHungUp);
    scenario.onWaiting();
    return;
  }
  if ("status" in reply) {
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(JSON.stringify(api.renderError(reply.status, reply.message)));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(api.render(reply, call.model));
}
