import type { AgentEvent, AgentUsage } from "@aod/core";
import { Answer } from "../answer.ts";
import { cutOff } from "../cut-off.ts";
import { decodeJsonLine } from "../decode-json-line.ts";
import { errorText } from "../error-text.ts";
import { defined, toNumber, toObject, toText, type JsonObject } from "../json-line.ts";
import { toolCallEvents } from "../tool-call-events.ts";
import { ToolNames } from "../tool-names.ts";
import type { Ending, LineDecoder, ProgramEnd, ToolCall } from "../types.ts";

const kinds = new Map<string, ToolCall["kind"]>([
  ["run_shell_command", "shell"],
  ["read_file", "read"],
  ["read_many_files", "read"],
  ["list_directory", "read"],
  ["write_file", "write"],
  ["replace", "edit"],
  ["glob", "search"],
  ["grep_search", "search"],
  ["search_file_content", "search"],
  ["google_web_search", "fetch"],
  ["web_fetch", "fetch"],
  ["write_todos", "plan"],
  ["delegate_to_agent", "agent"],
  ["codebase_investigator", "agent"],
]);

/** What gemini means by its exit status. Other large ones are the HTTP status of the API modulo 256. */
const exitReasons: ReadonlyMap<number, string> = new Map([
  [41, "authentication failed"],
  [42, "the input is not valid"],
  [44, "the sandbox failed"],
  [52, "the configuration is not valid"],
  [53, "the turn limit was reached"],
  [54, "a tool failed"],
  [55, "the folder is not trusted: set GEMINI_CLI_TRUST_WORKSPACE=true"],
  ...[400, 401, 403, 404, 429, 500, 502, 503, 504].map(
    (status) => [status % 256, `the API answered ${status}`] as const,
  ),
]);

/** On stderr of turns in which nothing is wrong. */
const noise =
  /^(?:Warning: True color|YOLO mode is enabled|Ripgrep is not available|\[STARTUP\] |Suggested retry after .* Retrying after )/;

/** Retries are on stderr only. */
const failedAttempt = /^Attempt (\d{1,4}) failed(?: with status (\d+))?[:.](.*)$/;

/** `gemini --output-format stream-json`. */
export function createGeminiLineDecoder(): LineDecoder {
  return new GeminiLineDecoder();
}

class GeminiLineDecoder implements LineDecoder {
  readonly #answer = new Answer();
  readonly #toolNames = new ToolNames();
  /** Counts messages, whose pieces have no id. */
  #messages = 0;
  #inMessage = false;
  #result: JsonObject | undefined;

  line(line: string): AgentEvent[] {
    return decodeJsonLine(line, (object) => this.#decode(object));
  }

  errorLine(line: string): AgentEvent[] | undefined {
    if (noise.test(line)) return [];
    const attempt = failedAttempt.exec(line);
    if (!attempt) return undefined;
    const [, number, status, said = ""] = attempt;
    return [
      {
        type: "retry",
        message: status === undefined ? said.trim() || "the API call failed" : `the API answered ${status}`,
        attempt: Number(number),
      },
    ];
  }

  end(end: ProgramEnd): AgentEvent[] {
    const stats = toObject(this.#result?.stats);
    const duration = toNumber(stats.duration_ms);
    return [
      defined({
        type: "result",
        ...this.#ending(end),
        text: this.#answer.text,
        usage: this.#result && toUsage(stats),
        // It writes 0 when the turn failed.
        duration_ms: duration === 0 ? undefined : duration,
      }),
    ];
  }

  #ending(end: ProgramEnd): Ending {
    const { exitCode } = end;
    if (this.#result?.status === "error") return { verdict: "failure", reason: this.#errorOfResult() };
    const exitReason = exitCode === null ? undefined : exitReasons.get(exitCode);
    if (this.#result) return (exitCode ?? 0) === 0 || end.interrupted ? { verdict: "success" } : failure(exitReason);
    // A signal to its group ends it with status 0.
    if (exitCode === 0 && !end.interrupted) {
      return { verdict: "interrupted", reason: "the output ended before the result" };
    }
    return cutOff(end, "").verdict === "interrupted" ? { verdict: "interrupted" } : failure(exitReason);
  }

  #errorOfResult(): string {
    const error = toObject(this.#result?.error);
    return errorText(toText(error.message) ?? toText(error.type) ?? "the turn failed");
  }

  #decode(object: JsonObject): AgentEvent[] | undefined {
    switch (object.type) {
      case "init":
        return [
          defined({
            type: "session_start",
            conversation_id: toText(object.session_id),
            model: toText(object.model),
          }),
        ];
      case "message":
        return this.#message(object);
      case "tool_use":
        return this.#toolUse(object);
      case "tool_result":
        return this.#toolResult(object);
      case "error":
        return severe(object);
      case "result":
        this.#result = object;
        return object.status === "error" ? [{ type: "error", ...this.#errorEvent() }] : [];
      default:
        return undefined;
    }
  }

  #errorEvent(): { message: string; code?: string } {
    const code = toText(toObject(this.#result?.error).type);
    return { message: this.#errorOfResult(), ...(code === undefined || code === "unknown" ? {} : { code }) };
  }

  #message({ role, content, delta }: JsonObject): AgentEvent[] | undefined {
    if (typeof content !== "string") return undefined;
    if (role === "user") return [{ type: "message", role, text: content, delta: false }];
    if (role !== "assistant") return undefined;
    const isDelta = delta === true;
    if (!isDelta || !this.#inMessage) this.#messages++;
    this.#inMessage = isDelta;
    if (isDelta) this.#answer.add(content);
    else this.#answer.set(content);
    return [{ type: "message", role, text: content, delta: isDelta, message_id: `message-${this.#messages}` }];
  }

  #toolUse(object: JsonObject): AgentEvent[] | undefined {
    const id = toText(object.tool_id);
    const name = toText(object.tool_name);
    if (id === undefined || name === undefined) return undefined;
    this.#toolNames.set(id, name);
    this.#answer.close();
    this.#inMessage = false;
    const kind = kinds.get(name) ?? (name.startsWith("mcp_") ? "mcp" : "other");
    return toolCallEvents({ type: "tool_call", id, name, kind, input: object.parameters });
  }

  #toolResult(object: JsonObject): AgentEvent[] | undefined {
    const id = toText(object.tool_id);
    if (id === undefined) return undefined;
    const name = this.#toolNames.take(id);
    const status = object.status === "error" ? "error" : "success";
    const said = toText(object.output) ?? "";
    // It prints what it would show, which is nothing for a file that was read or written.
    const output = said === "" ? toText(toObject(object.error).message) : said;
    return [defined({ type: "tool_result", id, name, status, output })];
  }
}

function severe({ severity, message }: JsonObject): AgentEvent[] | undefined {
  if (typeof message !== "string") return undefined;
  return [{ type: severity === "warning" ? "warning" : "error", message: errorText(message) }];
}

function failure(reason: string | undefined): Ending {
  return defined({ verdict: "failure", reason });
}

function toUsage(stats: JsonObject): AgentUsage {
  return defined({
    input_tokens: toNumber(stats.input_tokens),
    output_tokens: toNumber(stats.output_tokens),
    cache_read_tokens: toNumber(stats.cached),
  });
}
