import type { AgentEvent, AgentResult, AgentUsage } from "@aod/core";
import { errorText } from "../error-text.ts";
import { defined, parseJsonObject, toNumber, toObject } from "../json-line.ts";
import { planEvent } from "../plan-event.ts";
import { usageSince } from "../sum-usage.ts";
import type { DecoderOptions, LineDecoder, ProgramEnd } from "../types.ts";
import { createClaudeLineDecoder } from "./claude.ts";

type ToolKind = Extract<AgentEvent, { type: "tool_call" }>["kind"];

const kinds: ReadonlyMap<string, ToolKind> = new Map<string, ToolKind>([
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
  readonly #claude = createClaudeLineDecoder();
  readonly #usageBefore: AgentUsage | undefined;
  #threadUsage: AgentUsage | undefined;

  constructor({ usageBefore }: DecoderOptions) {
    this.#usageBefore = usageBefore;
  }

  line(line: string): AgentEvent[] {
    // Only this line is read twice: claude's usage is of the turn and counts what came from a cache apart.
    if (line.startsWith('{"type":"result"')) this.#threadUsage = toUsage(line) ?? this.#threadUsage;
    return this.#claude.line(line).flatMap(translate);
  }

  end(end: ProgramEnd): AgentEvent[] {
    return this.#claude.end(end).map((event) => (event.type === "result" ? this.#result(event) : event));
  }

  #result(claude: AgentResult): AgentResult {
    const { usage: _usage, ...result } = claude;
    const usage = this.#threadUsage && this.#usageBefore && usageSince(this.#threadUsage, this.#usageBefore);
    const counted = { ...result, ...defined({ usage, thread_usage: this.#threadUsage }) };
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
  if (event.type !== "tool_call") return [event];
  const call = { ...event, kind: kinds.get(event.name) ?? event.kind };
  const plan = event.name === "todo_write" ? planEvent(toObject(event.input).todos) : undefined;
  return plan ? [call, plan] : [call];
}

function toUsage(line: string): AgentUsage | undefined {
  const usage = toObject(parseJsonObject(line)?.usage);
  if (toNumber(usage.input_tokens) === undefined) return undefined;
  return defined({
    input_tokens: toNumber(usage.input_tokens),
    output_tokens: toNumber(usage.output_tokens),
    cache_read_tokens: toNumber(usage.cache_read_input_tokens),
  });
}
