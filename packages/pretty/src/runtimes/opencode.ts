import type { AgentEvent, AgentUsage } from "@aod/core";
import { Answer } from "../answer.ts";
import { cutOff } from "../cut-off.ts";
import { decodeJsonLine } from "../decode-json-line.ts";
import { errorText } from "../error-text.ts";
import { defined, isObject, toInteger, toNumber, toObject, toText, type JsonObject } from "../json-line.ts";
import { sumUsage } from "../sum-usage.ts";
import { thinkingEvent } from "../thinking-event.ts";
import { toolCallEvents } from "../tool-call-events.ts";
import type { Ending, LineDecoder, ProgramEnd, ToolCall } from "../types.ts";

const kinds = new Map<string, ToolCall["kind"]>([
  ["bash", "shell"],
  ["read", "read"],
  ["list", "read"],
  ["write", "write"],
  ["edit", "edit"],
  ["multiedit", "edit"],
  ["patch", "edit"],
  ["apply_patch", "edit"],
  ["grep", "search"],
  ["glob", "search"],
  ["codesearch", "search"],
  ["webfetch", "fetch"],
  ["websearch", "fetch"],
  ["task", "agent"],
  ["todowrite", "plan"],
  ["todoread", "plan"],
]);

const taskResult = ["<task_result>", "</task_result>"] as const;

/** `opencode run --format json`. */
export function createOpencodeLineDecoder(): LineDecoder {
  return new OpencodeLineDecoder();
}

class OpencodeLineDecoder implements LineDecoder {
  readonly #answer = new Answer();
  #sessionId: string | undefined;
  #steps = 0;
  #inStep = false;
  #usage: AgentUsage | undefined;
  /** Why the newest model call ended. */
  #stopReason: string | undefined;
  #error: { readonly name: string | undefined; readonly message: string } | undefined;

  line(line: string): AgentEvent[] {
    return decodeJsonLine(line, (object) => {
      const events = this.#decode(object);
      return events && [...this.#sessionStart(object), ...events];
    });
  }

  errorLine(line: string): AgentEvent[] | undefined {
    const warning = /^! +(.*)$/.exec(line)?.[1];
    if (warning !== undefined) return [{ type: "warning", message: warning }];
    // Kilo repeats there what the error line says.
    return this.#error && line === `Error: ${this.#error.message}` ? [] : undefined;
  }

  end(end: ProgramEnd): AgentEvent[] {
    return [
      defined({
        type: "result",
        ...this.#ending(end),
        text: this.#answer.text,
        usage: this.#usage,
        model_turns: this.#steps || undefined,
      }),
    ];
  }

  #ending(end: ProgramEnd): Ending {
    if (this.#error?.name === "MessageAbortedError") return { verdict: "interrupted" };
    if (this.#error) return { verdict: "failure", reason: this.#error.message };
    if (this.#inStep || this.#stopReason === undefined) return cutOff(end, "the output ended in the middle of a step");
    // What opencode does when a permission is asked for and nobody is there to grant it.
    if (this.#stopReason === "tool-calls") return cutOff(end, "it stopped behind a tool call, without an answer");
    if (this.#stopReason === "error" || this.#stopReason === "content-filter") {
      return { verdict: "failure", reason: `the model stopped: ${this.#stopReason}` };
    }
    return (end.exitCode ?? 0) === 0 || end.interrupted ? { verdict: "success" } : { verdict: "failure" };
  }

  /** No line of its own says it, every line does. */
  #sessionStart({ sessionID }: JsonObject): AgentEvent[] {
    if (this.#sessionId !== undefined || typeof sessionID !== "string") return [];
    this.#sessionId = sessionID;
    return [{ type: "session_start", conversation_id: sessionID }];
  }

  #decode(object: JsonObject): AgentEvent[] | undefined {
    const part = toObject(object.part);
    switch (object.type) {
      case "step_start":
        return this.#stepStart();
      case "text":
        return this.#text(part);
      case "reasoning":
        return thinkingEvent(part);
      case "tool_use":
        return toolUse(part);
      case "step_finish":
        return this.#stepFinish(part);
      case "error":
        return this.#failed(toObject(object.error));
      default:
        return undefined;
    }
  }

  #stepStart(): AgentEvent[] {
    const again = this.#inStep;
    this.#inStep = true;
    // Retries are silent; this is all that shows of a model call that broke off.
    return again ? [{ type: "retry", message: "the model's answer broke off" }] : [];
  }

  #text(part: JsonObject): AgentEvent[] | undefined {
    const text = toText(part.text);
    if (text === undefined) return undefined;
    this.#answer.set(text);
    return [defined({ type: "message", role: "assistant", text, delta: false, message_id: toText(part.id) })];
  }

  #stepFinish(part: JsonObject): AgentEvent[] {
    const usage = toUsage(part);
    this.#inStep = false;
    this.#steps++;
    this.#usage = this.#usage ? sumUsage(this.#usage, usage) : usage;
    this.#stopReason = toText(part.reason) ?? "unknown";
    const events: AgentEvent[] = [{ type: "usage", usage }];
    if (this.#stopReason === "length") events.push({ type: "warning", message: "the answer reached the token limit" });
    return events;
  }

  #failed(error: JsonObject): AgentEvent[] {
    const data = toObject(error.data);
    const name = toText(error.name);
    const message = errorText(toText(data.message) ?? toText(error.message) ?? name ?? "the turn failed");
    this.#error = { name, message };
    return [defined({ type: "error", message, code: name })];
  }
}

/** Tools are printed when they have finished: call and result in one. */
function toolUse(part: JsonObject): AgentEvent[] | undefined {
  const id = toText(part.callID);
  const tool = toText(part.tool);
  const { state } = part;
  if (id === undefined || tool === undefined || !isObject(state)) return undefined;
  const { input } = state;
  // The tool `invalid` stands for one that does not exist or is not allowed.
  const invalid = tool === "invalid";
  const name = (invalid ? toText(toObject(input).tool) : undefined) ?? tool;
  const exitCode = toInteger(toObject(state.metadata).exit);
  const failed = invalid || state.status === "error" || (exitCode !== undefined && exitCode !== 0);
  const call: ToolCall = { type: "tool_call", id, name, kind: toKind(name), input };
  const status = failed ? "error" : "success";
  return [
    ...(failed ? [call] : toolCallEvents(call)),
    defined({ type: "tool_result", id, name, status, output: toOutput(state), exit_code: exitCode }),
  ];
}

/** Tools of MCP servers are named SERVER_TOOL, and no other has an underscore but apply_patch. */
function toKind(name: string): ToolCall["kind"] {
  return kinds.get(name) ?? (name.includes("_") ? "mcp" : "other");
}

function toOutput(state: JsonObject): string | undefined {
  const output = toText(state.output) ?? toText(state.error);
  // What a sub-agent answers is wrapped. No regular expression: some are slow on megabytes of white space.
  const start = output?.indexOf(taskResult[0]) ?? -1;
  const end = output?.indexOf(taskResult[1], start) ?? -1;
  return start < 0 || end < 0 ? output : output?.slice(start + taskResult[0].length, end).trim();
}

/** Counts what was read from a cache and what was thought apart from the rest. */
function toUsage(part: JsonObject): AgentUsage {
  const tokens = toObject(part.tokens);
  const cache = toObject(tokens.cache);
  const [input, output] = [toNumber(tokens.input), toNumber(tokens.output)];
  const [read, write, reasoning] = [toNumber(cache.read), toNumber(cache.write), toNumber(tokens.reasoning)];
  return defined({
    input_tokens: input === undefined ? undefined : input + (read ?? 0) + (write ?? 0),
    output_tokens: output === undefined ? undefined : output + (reasoning ?? 0),
    cache_read_tokens: read,
    cache_write_tokens: write,
    reasoning_tokens: reasoning,
    cost_usd: toNumber(part.cost),
  });
}
