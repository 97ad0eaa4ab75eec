import type { AgentEvent, AgentUsage } from "@aod/core";
import { Answer } from "../answer.ts";
import { cutOff } from "../cut-off.ts";
import { decodeJsonLine } from "../decode-json-line.ts";
import { errorText } from "../error-text.ts";
import { withoutNote } from "../exit-note.ts";
import { defined, toInteger, toList, toNumber, toObject, toText, type JsonObject } from "../json-line.ts";
import { jsonText } from "../json-text.ts";
import { toolCallEvents } from "../tool-call-events.ts";
import { ToolNames } from "../tool-names.ts";
import type { Ending, LineDecoder, ProgramEnd, ToolCall } from "../types.ts";

const kinds = new Map<string, ToolCall["kind"]>([
  ["Execute", "shell"],
  ["Read", "read"],
  ["LS", "read"],
  ["Create", "write"],
  ["Edit", "edit"],
  ["MultiEdit", "edit"],
  ["ApplyPatch", "edit"],
  ["Grep", "search"],
  ["Glob", "search"],
  ["WebSearch", "fetch"],
  ["FetchUrl", "fetch"],
  ["TodoWrite", "plan"],
  ["Task", "agent"],
]);

/** What droid appends to the output of a command. */
const exitNote = /\[Process exited with code (-?\d+)\]\s*$/;

/** `droid exec -o stream-json`. */
export function createDroidLineDecoder(): LineDecoder {
  return new DroidLineDecoder();
}

class DroidLineDecoder implements LineDecoder {
  readonly #answer = new Answer();
  readonly #toolNames = new ToolNames();
  #completion: JsonObject | undefined;
  #reason: string | undefined;

  line(line: string): AgentEvent[] {
    return decodeJsonLine(line, (object) => this.#decode(object));
  }

  end(end: ProgramEnd): AgentEvent[] {
    const completion = this.#completion;
    return [
      defined({
        type: "result",
        ...this.#ending(end),
        text: toText(completion?.finalText) ?? this.#answer.text,
        usage: completion && toUsage(toObject(completion.usage)),
        duration_ms: toNumber(completion?.durationMs),
        model_turns: toInteger(completion?.numTurns),
      }),
    ];
  }

  #ending(end: ProgramEnd): Ending {
    if (this.#completion) {
      return (end.exitCode ?? 0) === 0 || end.interrupted ? { verdict: "success" } : { verdict: "failure" };
    }
    if (this.#reason !== undefined && !end.interrupted) return { verdict: "failure", reason: this.#reason };
    return cutOff(end, "the output ended before the completion");
  }

  #decode(object: JsonObject): AgentEvent[] | undefined {
    switch (object.type) {
      case "system":
        return object.subtype === "init" ? [sessionStart(object)] : undefined;
      case "message":
        return this.#message(object);
      case "reasoning":
        return thinking(object);
      case "tool_call":
        return this.#toolCall(object);
      case "tool_result":
        return this.#toolResult(object);
      case "error":
        return this.#error(object);
      case "completion":
        this.#completion = object;
        return [];
      default:
        return undefined;
    }
  }

  #message({ role, text, id }: JsonObject): AgentEvent[] | undefined {
    if ((role !== "assistant" && role !== "user") || typeof text !== "string") return undefined;
    if (role === "assistant") this.#answer.set(text);
    return [defined({ type: "message", role, text, delta: false, message_id: toText(id) })];
  }

  #toolCall(object: JsonObject): AgentEvent[] | undefined {
    const id = toText(object.id);
    const name = toText(object.toolName) ?? toText(object.toolId);
    if (id === undefined || name === undefined) return undefined;
    this.#toolNames.set(id, name);
    const kind = kinds.get(name) ?? (name.includes("___") ? "mcp" : "other");
    return toolCallEvents({ type: "tool_call", id, name, kind, input: object.parameters });
  }

  #toolResult(object: JsonObject): AgentEvent[] | undefined {
    const id = toText(object.id);
    if (id === undefined) return undefined;
    const name = this.#toolNames.take(id) ?? toText(object.toolId);
    const { value } = object;
    const said = typeof value === "string" || value == null ? toText(value) : jsonText(value);
    const exit = withoutNote(said ?? "", exitNote);
    const exitCode = exit ? Number(exit.note[1]) : undefined;
    return [
      defined({
        type: "tool_result",
        id,
        name,
        status: object.isError === true || (exitCode ?? 0) !== 0 ? "error" : "success",
        output: exit ? exit.output : said,
        exit_code: exitCode,
      }),
    ];
  }

  /** Behind the agent's own error comes one of the program, "Exec failed", which is not the reason. */
  #error({ message, source }: JsonObject): AgentEvent[] | undefined {
    if (typeof message !== "string") return undefined;
    const text = errorText(message);
    if (source !== "cli" || this.#reason === undefined) this.#reason = text;
    return [defined({ type: "error", message: text, code: toText(source) })];
  }
}

function sessionStart(object: JsonObject): AgentEvent {
  return defined({
    type: "session_start",
    conversation_id: toText(object.session_id),
    model: toText(object.model),
    cwd: toText(object.cwd),
    tools: Array.isArray(object.tools) ? toList(object.tools).filter((tool) => typeof tool === "string") : undefined,
  });
}

function thinking({ text, id }: JsonObject): AgentEvent[] | undefined {
  if (typeof text !== "string") return undefined;
  return [defined({ type: "thinking", text, delta: false, message_id: toText(id) })];
}

/** Its input tokens are those that no cache had. */
function toUsage(usage: JsonObject): AgentUsage {
  const input = toNumber(usage.input_tokens);
  const read = toNumber(usage.cache_read_input_tokens);
  const write = toNumber(usage.cache_creation_input_tokens);
  return defined({
    input_tokens: input === undefined ? undefined : input + (read ?? 0) + (write ?? 0),
    output_tokens: toNumber(usage.output_tokens),
    cache_read_tokens: read,
    cache_write_tokens: write,
  });
}
