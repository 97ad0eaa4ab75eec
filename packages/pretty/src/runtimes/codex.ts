import type { AgentEvent, AgentUsage } from "@aod/core";
import { Answer } from "../answer.ts";
import { cutOff } from "../cut-off.ts";
import { decodeJsonLine } from "../decode-json-line.ts";
import { errorText } from "../error-text.ts";
import { jsonText } from "../json-text.ts";
import { defined, isObject, toInteger, toList, toNumber, toObject, toText, type JsonObject } from "../json-line.ts";
import { planEvent } from "../plan-event.ts";
import { RecentMap } from "../recent-map.ts";
import { unquoteShellWord } from "../shell-word.ts";
import { usageSince } from "../sum-usage.ts";
import { thinkingEvent } from "../thinking-event.ts";
import type { DecoderOptions, Ending, LineDecoder, ProgramEnd, ToolCall, ToolResult } from "../types.ts";

/** Codex writes every retry as an `error`, and the last error as one more. */
const reconnecting = /^Reconnecting\.\.\. (\d+)\/(\d+)(?: \(([\s\S]*)\))?$/;

/** On stderr of every first turn, also when stdin is closed. */
const readsStdin = "Reading additional input from stdin...";

/** `codex exec --json`, also `resume`. */
export function createCodexLineDecoder(options: DecoderOptions = {}): LineDecoder {
  return new CodexLineDecoder(options);
}

class CodexLineDecoder implements LineDecoder {
  readonly #answer = new Answer();
  readonly #openCalls = new RecentMap<true>();
  /** The call that made the thread of a sub-agent. */
  readonly #spawnedBy = new RecentMap<string>();
  /** The thread's total before this turn; undefined when nobody knows. */
  readonly #usageBefore: AgentUsage | undefined;
  #threadUsage: AgentUsage | undefined;
  #lastPlan = "";
  #lastError: string | undefined;
  #turn: "none" | "started" | "completed" | "failed" = "none";

  constructor({ usageBefore }: DecoderOptions) {
    this.#usageBefore = usageBefore;
  }

  line(line: string): AgentEvent[] {
    return decodeJsonLine(line, (object) => this.#decode(object));
  }

  errorLine(line: string): AgentEvent[] | undefined {
    return line === readsStdin ? [] : undefined;
  }

  end(end: ProgramEnd): AgentEvent[] {
    return [
      defined({
        type: "result",
        ...this.#ending(end),
        text: this.#answer.text,
        usage: this.#usage(),
        thread_usage: this.#threadUsage,
      }),
    ];
  }

  #ending(end: ProgramEnd): Ending {
    if (this.#turn === "completed") return { verdict: "success" };
    if (this.#turn === "failed") return defined({ verdict: "failure", reason: this.#lastError });
    // A signal makes it stop with status 1 in the middle of a turn; its own failures end the turn first.
    if (this.#turn === "started" && end.exitCode === 1) return { verdict: "interrupted" };
    return cutOff(end, "the output ended before the turn did");
  }

  /** Codex prints the thread's running total, also over resumed turns. */
  #usage(): AgentUsage | undefined {
    return this.#threadUsage && this.#usageBefore && usageSince(this.#threadUsage, this.#usageBefore);
  }

  #decode(object: JsonObject): AgentEvent[] | undefined {
    switch (object.type) {
      case "thread.started":
        return [defined({ type: "session_start", conversation_id: toText(object.thread_id) })];
      case "turn.started":
        this.#turn = "started";
        return [];
      case "turn.completed":
        this.#turn = "completed";
        this.#threadUsage = toUsage(toObject(object.usage));
        return [];
      case "turn.failed":
        this.#turn = "failed";
        return this.#error(toText(toObject(object.error).message) ?? "the turn failed");
      case "error":
        return this.#errorOrRetry(object);
      case "item.started":
      case "item.updated":
        return isObject(object.item) ? this.#item(object.item, false) : undefined;
      case "item.completed":
        return isObject(object.item) ? this.#item(object.item, true) : undefined;
      default:
        return undefined;
    }
  }

  #errorOrRetry(object: JsonObject): AgentEvent[] | undefined {
    const message = toText(object.message);
    if (message === undefined) return undefined;
    const retry = reconnecting.exec(message);
    if (!retry) return this.#error(message);
    const attempts = { attempt: Number(retry[1]), max_attempts: Number(retry[2]) };
    return [{ type: "retry", message: errorText(retry[3] ?? "Reconnecting"), ...attempts }];
  }

  /** The error that ends a turn comes twice: by itself, and in `turn.failed`. */
  #error(message: string): AgentEvent[] {
    const text = errorText(message);
    if (text === this.#lastError) return [];
    this.#lastError = text;
    return [{ type: "error", message: text }];
  }

  #item(item: JsonObject, completed: boolean): AgentEvent[] | undefined {
    switch (item.type) {
      case "agent_message":
        return completed ? this.#message(item) : [];
      case "reasoning":
        return completed ? thinkingEvent(item) : [];
      case "error":
        return completed ? warning(item) : [];
      case "todo_list":
        return this.#plan(item);
      default:
        return this.#tool(item, completed);
    }
  }

  #message(item: JsonObject): AgentEvent[] | undefined {
    const text = toText(item.text);
    if (text === undefined) return undefined;
    this.#answer.set(text);
    return [defined({ type: "message", role: "assistant", text, delta: false, message_id: toText(item.id) })];
  }

  /** Comes again when the turn ends, whether or not it has changed. */
  #plan(item: JsonObject): AgentEvent[] | undefined {
    const plan = planEvent(item.items);
    if (!plan) return undefined;
    const key = JSON.stringify(plan.items);
    if (key === this.#lastPlan) return [];
    this.#lastPlan = key;
    return [plan];
  }

  #tool(item: JsonObject, completed: boolean): AgentEvent[] | undefined {
    const id = toText(item.id);
    // What is searched for is known only at the end.
    if (item.type === "web_search" && !completed) return [];
    const call = id === undefined ? undefined : toCall(id, item);
    if (!call) return undefined;
    const events: AgentEvent[] = this.#openCalls.get(call.id) ? [] : [call];
    this.#openCalls.set(call.id, true);
    if (!completed) return events;
    this.#openCalls.delete(call.id);
    if (item.type === "collab_tool_call") events.push(...this.#subAgents(call, item));
    return [...events, toResult(call, item)];
  }

  /** What sub-agents answered. Nothing else of their work is printed. */
  #subAgents(call: ToolCall, item: JsonObject): AgentEvent[] {
    const threads = toList(item.receiver_thread_ids).filter((thread) => typeof thread === "string");
    if (call.name === "spawn_agent") for (const thread of threads) this.#spawnedBy.set(thread, call.id);
    return Object.entries(toObject(item.agents_states)).flatMap(([thread, state]): AgentEvent[] => {
      const text = toText(toObject(state).message);
      if (text === undefined) return [];
      const parent = this.#spawnedBy.get(thread) ?? call.id;
      return [{ type: "message", role: "assistant", text, delta: false, parent_id: parent }];
    });
  }
}

/** An error as an item does not end anything: unknown model, ignored setting. */
function warning(item: JsonObject): AgentEvent[] | undefined {
  const message = toText(item.message);
  return message === undefined ? undefined : [{ type: "warning", message: errorText(message) }];
}

function toCall(id: string, item: JsonObject): ToolCall | undefined {
  const call = (name: string, kind: ToolCall["kind"], input: unknown): ToolCall => ({
    type: "tool_call",
    id,
    name,
    kind,
    input,
  });
  switch (item.type) {
    case "command_execution":
      return call("command_execution", "shell", { command: withoutShell(toText(item.command) ?? "") });
    case "file_change":
      return call("file_change", changeKind(item), { changes: item.changes });
    case "mcp_tool_call":
      return call(`${toText(item.server) ?? "?"}.${toText(item.tool) ?? "?"}`, "mcp", item.arguments);
    case "web_search":
      return call("web_search", "fetch", defined({ query: toText(item.query), action: item.action }));
    case "collab_tool_call":
      return call(toText(item.tool) ?? "collab", "agent", defined({ prompt: toText(item.prompt) }));
    default:
      return undefined;
  }
}

function changeKind(item: JsonObject): "write" | "edit" {
  const changes = toList(item.changes);
  return changes.length > 0 && changes.every((change) => toObject(change).kind === "add") ? "write" : "edit";
}

/** `/bin/bash -lc 'echo hi'` is how codex runs `echo hi`. */
function withoutShell(command: string): string {
  const script = /^\S*\b(?:bash|sh|zsh) -l?c (\S[\s\S]*)$/.exec(command)?.[1];
  return (script && unquoteShellWord(script)) ?? command;
}

function toResult(call: ToolCall, item: JsonObject): ToolResult {
  return defined({
    type: "tool_result",
    id: call.id,
    name: call.name,
    status: item.status === "failed" || item.status === "declined" ? "error" : "success",
    output: toOutput(item),
    exit_code: toInteger(item.exit_code),
  });
}

function toOutput(item: JsonObject): string | undefined {
  switch (item.type) {
    case "command_execution":
      return toText(item.aggregated_output) ?? declined(item);
    case "mcp_tool_call":
      return toText(toObject(item.error).message) ?? mcpText(toObject(item.result));
    default:
      return undefined;
  }
}

function declined(item: JsonObject): string | undefined {
  return item.status === "declined" ? "declined" : undefined;
}

function mcpText(result: JsonObject): string | undefined {
  const texts = toList(result.content).map((block) => toText(toObject(block).text));
  const said = texts.filter((text) => text !== undefined);
  if (said.length > 0) return said.join("\n");
  return result.structured_content == null ? undefined : jsonText(result.structured_content);
}

function toUsage(usage: JsonObject): AgentUsage {
  return defined({
    input_tokens: toNumber(usage.input_tokens),
    output_tokens: toNumber(usage.output_tokens),
    cache_read_tokens: toNumber(usage.cached_input_tokens),
    cache_write_tokens: toNumber(usage.cache_write_input_tokens),
    reasoning_tokens: toNumber(usage.reasoning_output_tokens),
  });
}
