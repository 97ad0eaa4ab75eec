import type { AgentEvent, AgentResult, AgentUsage } from "@aod/core";
import { errorText } from "../error-text.ts";
import { decodeJsonLine } from "../decode-json-line.ts";
import { defined, toNumber, toObject, type JsonObject } from "../json-line.ts";
import { usageSince } from "../sum-usage.ts";
import { toolCallEvents } from "../tool-call-events.ts";
import type { DecoderOptions, LineDecoder, ProgramEnd, ToolCall } from "../types.ts";
import { ClaudeLineDecoder } from "./claude.ts";

const kinds = new Map<string, ToolCall["kind"]>([
  ["run_shell_command", "shell"],
  ["read_file", "read"],
  ["read_many_files", "read"],
  ["list_directory", "read"],
  ["write_file", "write"],
  ["edit", "edit"],
  ["glob", "search"],
  ["grep_search", "search"],
  ["tool_search", "search"],
  ["web_fetch", "fetch"],
  ["web_search", "fetch"],
  ["todo_write", "plan"],
  ["agent", "agent"],
  ["task", "agent"],
]);

/** How an error of the API looks: a message of the agent, and a success with status 0. */
const apiError = "[API Error: ";

/** `qwen --output-format stream-json`: what claude prints, but for errors, usage and the names of tools. */
export function createQwenLineDecoder(options: DecoderOptions = {}): LineDecoder {
  return new QwenLineDecoder(options);
}

class QwenLineDecoder implements LineDecoder {
  readonly #claude = new ClaudeLineDecoder();
  readonly #usageBefore: AgentUsage | undefined;
  #threadUsage: AgentUsage | undefined;

  constructor({ usageBefore }: DecoderOptions) {
    this.#usageBefore = usageBefore;
  }

  line(line: string): AgentEvent[] {
    return decodeJsonLine(line, (object) => {
      // Claude's usage is of the turn and counts what came from a cache apart.
      if (object.type === "result") this.#threadUsage = toUsage(toObject(object.usage)) ?? this.#threadUsage;
      const events = this.#claude.decode(object);
      if (!events) return undefined;
      const translated: AgentEvent[] = [];
      for (const event of events) translated.push(...translate(event));
      return translated;
    });
  }

  end(end: ProgramEnd): AgentEvent[] {
    return this.#claude.end(end).map((event) => (event.type === "result" ? this.#result(event) : event));
  }

  #result(claude: AgentResult): AgentResult {
    const usage = this.#threadUsage && this.#usageBefore && usageSince(this.#threadUsage, this.#usageBefore);
    const counted = defined({ ...claude, usage, thread_usage: this.#threadUsage });
    if (!counted.text?.startsWith(apiError)) return counted;
    const { text, ...failed } = counted;
    if (failed.verdict === "interrupted") return failed;
    return { ...failed, verdict: "failure", reason: errorText(text) };
  }
}

function translate(event: AgentEvent): AgentEvent[] {
  if (event.type === "message" && event.role === "assistant" && event.text.startsWith(apiError)) {
    return [{ type: "error", message: errorText(event.text) }];
  }
  return event.type === "tool_call" ? toolCallEvents({ ...event, kind: kinds.get(event.name) ?? event.kind }) : [event];
}

function toUsage(usage: JsonObject): AgentUsage | undefined {
  if (toNumber(usage.input_tokens) === undefined) return undefined;
  return defined({
    input_tokens: toNumber(usage.input_tokens),
    output_tokens: toNumber(usage.output_tokens),
    cache_read_tokens: toNumber(usage.cache_read_input_tokens),
  });
}
