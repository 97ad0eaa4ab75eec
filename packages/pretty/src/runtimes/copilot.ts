import type { AgentEvent, AgentUsage } from "@aod/core";
import { Answer } from "../answer.ts";
import { compacted } from "../compacted.ts";
import { cutOff } from "../cut-off.ts";
import { decodeJsonLine } from "../decode-json-line.ts";
import { errorText } from "../error-text.ts";
import { withoutNote } from "../exit-note.ts";
import { defined, toInteger, toList, toNumber, toObject, toText, type JsonObject } from "../json-line.ts";
import { sumUsage } from "../sum-usage.ts";
import { toolCallEvents } from "../tool-call-events.ts";
import { ToolNames } from "../tool-names.ts";
import type { Ending, LineDecoder, ProgramEnd, SessionStart, ToolCall } from "../types.ts";

const kinds = new Map<string, ToolCall["kind"]>([
  ["bash", "shell"],
  ["read_bash", "shell"],
  ["write_bash", "shell"],
  ["stop_bash", "shell"],
  ["powershell", "shell"],
  ["view", "read"],
  ["create", "write"],
  ["edit", "edit"],
  ["apply_patch", "edit"],
  ["grep", "search"],
  ["rg", "search"],
  ["glob", "search"],
  ["web_fetch", "fetch"],
  ["web_search", "fetch"],
  ["task", "agent"],
  ["read_agent", "agent"],
  ["update_todo", "plan"],
]);

/** Housekeeping, frames around other lines, and pieces of what another line says whole. */
const silent = new Set([
  "session.skills_loaded",
  "session.background_tasks_changed",
  "session.compaction_start",
  "session.context_changed",
  "session.extensions_loaded",
  "session.custom_agents_updated",
  "session.mcp_server_status_changed",
  "session.permissions_changed",
  "session.shutdown",
  "session.task_complete",
  "session.todos_changed",
  "session.usage_checkpoint",
  "session.workspace_file_changed",
  "session.idle",
  "session.usage_info",
  "session.title_changed",
  "assistant.turn_end",
  "assistant.idle",
  "assistant.intent",
  "assistant.message_start",
  "assistant.server_tool_progress",
  "assistant.streaming_delta",
  "assistant.tool_call_delta",
  "model.call_start",
  "model.call_finished",
  "model.call_final_result",
  "tool.shell_output",
  "tool.execution_partial_result",
  "tool.execution_progress",
  "hook.start",
  "hook.progress",
  "permission.requested",
  "permission.completed",
  "subagent.started",
  "subagent.completed",
  "subagent.selected",
  "subagent.deselected",
]);

/** What copilot appends to the output of a command. */
const exitNote = /<[^<>\n]* with exit code -?\d+>\s*$/;

/** `copilot --output-format json -p`. */
export function createCopilotLineDecoder(): LineDecoder {
  return new CopilotLineDecoder();
}

class CopilotLineDecoder implements LineDecoder {
  readonly #answer = new Answer();
  readonly #toolNames = new ToolNames();
  #mcpServers: SessionStart["mcp_servers"];
  #turns = 0;
  #usage: AgentUsage | undefined;
  #callFailure: { readonly message: string; readonly attempt: number | undefined } | undefined;
  #error: string | undefined;
  #aborted = false;
  /** The newest message repeats it. */
  #reasoned = false;
  #result: JsonObject | undefined;

  line(line: string): AgentEvent[] {
    return decodeJsonLine(line, (object) => {
      const data = toObject(object.data);
      const events = this.#decode(object, data);
      const parent = toText(data.parentToolCallId);
      if (events && parent !== undefined) for (const event of events) event.parent_id = parent;
      return events;
    });
  }

  end(end: ProgramEnd): AgentEvent[] {
    return [
      defined({
        type: "result",
        ...this.#ending(end),
        text: this.#answer.text,
        usage: this.#usage,
        duration_ms: toNumber(toObject(this.#result?.usage).sessionDurationMs),
        model_turns: this.#turns || undefined,
        conversation_id: toText(this.#result?.sessionId),
      }),
    ];
  }

  #ending(end: ProgramEnd): Ending {
    if (this.#aborted) return { verdict: "interrupted" };
    if (this.#error !== undefined) return { verdict: "failure", reason: this.#error };
    if (!this.#result) return cutOff(end, "the output ended before the result");
    const exitCode = toNumber(this.#result.exitCode) ?? 0;
    if (exitCode === 0 && ((end.exitCode ?? 0) === 0 || end.interrupted)) return { verdict: "success" };
    return end.interrupted ? { verdict: "interrupted" } : { verdict: "failure" };
  }

  #decode(object: JsonObject, data: JsonObject): AgentEvent[] | undefined {
    const type = toText(object.type) ?? "";
    switch (type) {
      case "session.mcp_servers_loaded":
        this.#mcpServers = mcpServers(data);
        return [];
      case "session.tools_updated":
        return [defined({ type: "session_start", model: toText(data.model), mcp_servers: this.#mcpServers })];
      case "user.message":
        return typeof data.content === "string"
          ? [{ type: "message", role: "user", text: data.content, delta: false }]
          : undefined;
      case "assistant.turn_start":
        this.#turns++;
        return [];
      case "assistant.message_delta":
        return this.#message(data, toText(data.deltaContent), true);
      case "assistant.message":
        return this.#wholeMessage(data);
      case "assistant.reasoning_delta":
        return this.#thinking(data, toText(data.deltaContent), true);
      case "assistant.reasoning":
        return this.#thinking(data, toText(data.content), false);
      case "assistant.usage":
        return this.#usageOf(data);
      case "tool.execution_start":
        return this.#toolStart(data);
      case "tool.execution_complete":
        return this.#toolComplete(data);
      case "model.call_failure":
        return this.#modelFailure(data);
      case "assistant.turn_retry":
        return [this.#retry(data)];
      case "session.info":
        // Says in other words what assistant.turn_retry says.
        return data.infoType === "model_retry" ? [] : undefined;
      case "session.warning":
        return warning(toText(data.message));
      case "session.compaction_complete":
        return warning(compaction(data));
      case "hook.end":
        return data.success === false ? warning(toText(toObject(data.error).message) ?? "A hook failed.") : [];
      case "subagent.failed":
        return warning(toText(data.error));
      case "session.error":
        return this.#failed(data);
      case "abort":
      case "agent.interrupted":
        this.#aborted = true;
        return [];
      case "result":
        this.#result = object;
        return [];
      default:
        return silent.has(type) ? [] : undefined;
    }
  }

  #wholeMessage(data: JsonObject): AgentEvent[] | undefined {
    const reasoning = this.#reasoned ? undefined : toText(data.reasoningText);
    this.#reasoned = false;
    const message = this.#message(data, toText(data.content), false);
    return message && reasoning ? [{ type: "thinking", text: reasoning, delta: false }, ...message] : message;
  }

  #thinking(data: JsonObject, text: string | undefined, delta: boolean): AgentEvent[] | undefined {
    if (text === undefined) return undefined;
    this.#reasoned = true;
    return text === "" ? [] : [defined({ type: "thinking", text, delta, message_id: toText(data.reasoningId) })];
  }

  #message(data: JsonObject, text: string | undefined, delta: boolean): AgentEvent[] | undefined {
    if (text === undefined) return undefined;
    this.#error = undefined;
    // A message that only calls tools.
    if (text === "") return [];
    // What a sub-agent says is not the answer.
    if (data.parentToolCallId === undefined) {
      if (delta) this.#answer.add(text);
      else this.#answer.set(text);
    }
    return [defined({ type: "message", role: "assistant", text, delta, message_id: toText(data.messageId) })];
  }

  #usageOf(data: JsonObject): AgentEvent[] {
    const usage: AgentUsage = defined({
      input_tokens: toNumber(data.inputTokens),
      output_tokens: toNumber(data.outputTokens),
      cache_read_tokens: toNumber(data.cacheReadTokens),
      cache_write_tokens: toNumber(data.cacheWriteTokens),
      reasoning_tokens: toNumber(data.reasoningTokens),
    });
    this.#usage = this.#usage ? sumUsage(this.#usage, usage) : usage;
    return [{ type: "usage", usage }];
  }

  #toolStart(data: JsonObject): AgentEvent[] | undefined {
    const id = toText(data.toolCallId);
    const name = toText(data.toolName);
    if (id === undefined || name === undefined) return undefined;
    this.#toolNames.set(id, name);
    const kind = data.mcpServerName === undefined ? (kinds.get(name) ?? "other") : "mcp";
    return toolCallEvents({ type: "tool_call", id, name, kind, input: data.arguments });
  }

  #toolComplete(data: JsonObject): AgentEvent[] | undefined {
    const id = toText(data.toolCallId);
    if (id === undefined) return undefined;
    const name = this.#toolNames.take(id);
    const exitCode = toInteger(toObject(data.shellExecution).exitCode);
    const failed = data.success === false || (exitCode !== undefined && exitCode !== 0);
    const said = toText(toObject(data.result).content) ?? toText(toObject(data.error).message);
    return [
      defined({
        type: "tool_result",
        id,
        name,
        status: failed ? "error" : "success",
        output: exitCode === undefined ? said : (withoutNote(said ?? "", exitNote)?.output ?? said),
        exit_code: exitCode,
      }),
    ];
  }

  /** Whether it is tried again, the next line says. */
  #modelFailure(data: JsonObject): AgentEvent[] {
    const status = toNumber(data.statusCode);
    const message = errorText(toText(data.errorMessage) ?? "the model call failed");
    this.#callFailure = {
      message: status === undefined ? message : `${message} (${status})`,
      attempt: toInteger(data.retryAttempt),
    };
    return [];
  }

  #retry(data: JsonObject): AgentEvent {
    const failure = this.#callFailure;
    const message = failure?.message ?? toText(data.reason) ?? "the model call failed";
    // Theirs counts from 0.
    const attempt = failure?.attempt === undefined ? undefined : failure.attempt + 1;
    return defined({ type: "retry", message, attempt });
  }

  #failed(data: JsonObject): AgentEvent[] | undefined {
    const message = toText(data.message);
    if (message === undefined) return undefined;
    this.#error = errorText(message);
    return [defined({ type: "error", message: this.#error, code: toText(data.errorType) })];
  }
}

function mcpServers(data: JsonObject): SessionStart["mcp_servers"] {
  return toList(data.servers).flatMap((server) => {
    const { name, status } = toObject(server);
    return typeof name === "string" ? [defined({ name, status: toText(status) })] : [];
  });
}

function warning(message: string | undefined): AgentEvent[] | undefined {
  return message === undefined ? undefined : [{ type: "warning", message }];
}

function compaction({ success, error, preCompactionTokens: before, postCompactionTokens: after }: JsonObject): string {
  return success === false
    ? `The conversation could not be compacted: ${toText(error) ?? "no reason"}`
    : compacted(toNumber(before), toNumber(after));
}
