import type { AgentEvent, AgentUsage } from "@aod/core";
import { Answer } from "../answer.ts";
import { compacted } from "../compacted.ts";
import { cutOff } from "../cut-off.ts";
import { decodeJsonLine } from "../decode-json-line.ts";
import { errorText } from "../error-text.ts";
import { defined, toInteger, toList, toNumber, toObject, toText, type JsonObject } from "../json-line.ts";
import { sumUsage } from "../sum-usage.ts";
import type { Ending, LineDecoder, ProgramEnd, TextEvent, ToolCall } from "../types.ts";

const kinds = new Map<string, ToolCall["kind"]>([
  ["bash", "shell"],
  ["read", "read"],
  ["ls", "read"],
  ["write", "write"],
  ["edit", "edit"],
  ["grep", "search"],
  ["find", "search"],
]);

/** Lines that frame others, or say early what another line says whole. */
const silent = new Set([
  "agent_start",
  "turn_start",
  "turn_end",
  "message_start",
  "tool_execution_update",
  "auto_retry_end",
  "queue_update",
  "compaction_start",
  "auto_compaction_start",
]);

/** `pi --mode json -p`. */
export function createPiLineDecoder(): LineDecoder {
  return new PiLineDecoder();
}

class PiLineDecoder implements LineDecoder {
  readonly #answer = new Answer();
  /** Messages of the assistant that have ended; with the index of a block it makes the block's id. */
  #messages = 0;
  /** Blocks of the current message that were printed whole. */
  readonly #ended = new Set<number>();
  #usage: AgentUsage | undefined;
  #stopReason: string | undefined;
  #error: string | undefined;
  #finished = false;

  line(line: string): AgentEvent[] {
    return decodeJsonLine(line, (object) => this.#decode(object));
  }

  end(end: ProgramEnd): AgentEvent[] {
    return [
      defined({
        type: "result",
        ...this.#ending(end),
        text: this.#answer.text,
        usage: this.#usage,
        model_turns: this.#messages || undefined,
      }),
    ];
  }

  /** The exit status is 0 behind an API error too. */
  #ending(end: ProgramEnd): Ending {
    if (this.#stopReason === "aborted") return { verdict: "interrupted" };
    if (this.#stopReason === "error") return { verdict: "failure", reason: this.#error ?? "the model call failed" };
    if (!this.#finished) return cutOff(end, "the output ended before the agent did");
    return (end.exitCode ?? 0) === 0 || end.interrupted ? { verdict: "success" } : { verdict: "failure" };
  }

  #decode(object: JsonObject): AgentEvent[] | undefined {
    const type = toText(object.type) ?? "";
    switch (type) {
      case "session":
        return [defined({ type: "session_start", conversation_id: toText(object.id), cwd: toText(object.cwd) })];
      case "message_update":
        return this.#update(toObject(object.assistantMessageEvent));
      case "message_end":
        return this.#messageEnd(toObject(object.message));
      case "tool_execution_start":
        return toolCall(object);
      case "tool_execution_end":
        return toolResult(object);
      case "auto_retry_start":
        return [retry(object)];
      case "compaction_end":
      case "auto_compaction_end":
        return compaction(object);
      case "agent_end":
        this.#finished = object.willRetry !== true;
        return [];
      default:
        return silent.has(type) ? [] : undefined;
    }
  }

  /** Repeats the whole message so far each time; only the piece is of use. */
  #update(update: JsonObject): AgentEvent[] | undefined {
    const index = toInteger(update.contentIndex) ?? 0;
    switch (update.type) {
      case "text_delta":
        return this.#block("message", index, toText(update.delta), true);
      case "text_end":
        return this.#block("message", index, toText(update.content), false);
      case "thinking_delta":
        return this.#block("thinking", index, toText(update.delta), true);
      case "thinking_end":
        return this.#block("thinking", index, toText(update.content), false);
      default:
        return /^(?:start|text_start|thinking_start|toolcall_\w+|done|error)$/.test(toText(update.type) ?? "")
          ? []
          : undefined;
    }
  }

  #block(type: TextEvent["type"], index: number, text: string | undefined, delta: boolean): AgentEvent[] | undefined {
    if (text === undefined) return undefined;
    if (!delta) this.#ended.add(index);
    const message_id = `message-${this.#messages + 1}.${index}`;
    if (type === "thinking") return text === "" ? [] : [{ type, text, delta, message_id }];
    if (delta) this.#answer.add(text);
    else this.#answer.set(text);
    return [{ type, role: "assistant", text, delta, message_id }];
  }

  #messageEnd(message: JsonObject): AgentEvent[] | undefined {
    const blocks = toList(message.content).map(toObject);
    switch (message.role) {
      case "user":
        return [{ type: "message", role: "user", text: textOf(blocks) ?? toText(message.content) ?? "", delta: false }];
      case "toolResult":
        return [];
      case "assistant":
        return this.#assistantEnd(message, blocks);
      default:
        return undefined;
    }
  }

  #assistantEnd(message: JsonObject, blocks: readonly JsonObject[]): AgentEvent[] {
    const events = blocks.flatMap((block, index) => (this.#ended.has(index) ? [] : this.#wholeBlock(block, index)));
    this.#ended.clear();
    const text = textOf(blocks);
    if (text === undefined) this.#answer.close();
    else this.#answer.set(text);
    this.#messages++;
    this.#stopReason = toText(message.stopReason);
    const usage = toUsage(toObject(message.usage));
    this.#usage = this.#usage ? sumUsage(this.#usage, usage) : usage;
    if (this.#stopReason !== "error") return [...events, { type: "usage", usage }];
    this.#error = errorText(toText(message.errorMessage) ?? "the model call failed");
    return [...events, { type: "error", message: this.#error }];
  }

  #wholeBlock(block: JsonObject, index: number): AgentEvent[] {
    if (block.type === "text") return this.#block("message", index, toText(block.text), false) ?? [];
    if (block.type === "thinking") return this.#block("thinking", index, toText(block.thinking), false) ?? [];
    return [];
  }
}

function toolCall(object: JsonObject): AgentEvent[] | undefined {
  const id = toText(object.toolCallId);
  const name = toText(object.toolName);
  if (id === undefined || name === undefined) return undefined;
  return [{ type: "tool_call", id, name, kind: kinds.get(name) ?? "other", input: object.args }];
}

function toolResult(object: JsonObject): AgentEvent[] | undefined {
  const id = toText(object.toolCallId);
  if (id === undefined) return undefined;
  const output = textOf(toList(toObject(object.result).content).map(toObject));
  const status = object.isError === true ? "error" : "success";
  return [defined({ type: "tool_result", id, status, name: toText(object.toolName), output })];
}

function retry(object: JsonObject): AgentEvent {
  return defined({
    type: "retry",
    message: errorText(toText(object.errorMessage) ?? "the model call failed"),
    attempt: toInteger(object.attempt),
    max_attempts: toInteger(object.maxAttempts),
    delay_ms: toNumber(object.delayMs),
  });
}

function compaction({ aborted, errorMessage: error, result }: JsonObject): AgentEvent[] {
  if (typeof error === "string") return [{ type: "warning", message: errorText(error) }];
  if (aborted === true) return [];
  return [{ type: "warning", message: compacted(toNumber(toObject(result).tokensBefore)) }];
}

function textOf(blocks: readonly JsonObject[]): string | undefined {
  const texts = blocks.map((block) => toText(block.text)).filter((text) => text !== undefined);
  return texts.length > 0 ? texts.join("\n") : undefined;
}

/** Its input tokens are those that no cache had. */
function toUsage(usage: JsonObject): AgentUsage {
  const [input, read, write] = [toNumber(usage.input), toNumber(usage.cacheRead), toNumber(usage.cacheWrite)];
  return defined({
    input_tokens: input === undefined ? undefined : input + (read ?? 0) + (write ?? 0),
    output_tokens: toNumber(usage.output),
    cache_read_tokens: read,
    cache_write_tokens: write,
    cost_usd: toNumber(toObject(usage.cost).total),
  });
}
