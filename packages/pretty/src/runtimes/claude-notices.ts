import type { AgentEvent } from "@aod/core";
import { compacted } from "../compacted.ts";
import { defined, isObject, toInteger, toList, toNumber, toObject, toText } from "../json-line.ts";
import type { JsonObject } from "../json-line.ts";

/** What says nothing that another line does not say better, or only keeps a connection alive. */
const silentTypes: ReadonlySet<unknown> = new Set([
  "tool_progress",
  "tool_use_summary",
  "prompt_suggestion",
  "keep_alive",
  "control_request",
  "control_response",
  "control_cancel_request",
]);
const silentSubtypes: ReadonlySet<unknown> = new Set([
  "status",
  "thinking_tokens",
  "ui_invalidate",
  "hook_started",
  "hook_progress",
  "task_started",
  "task_progress",
  "task_updated",
  "background_tasks_changed",
  "session_state_changed",
  "commands_changed",
  "files_persisted",
]);

/** Whether the line is known and means nothing to the reader of a session. */
export function isSilent({ type, subtype }: JsonObject): boolean {
  return type === "system" ? silentSubtypes.has(subtype) : silentTypes.has(type);
}

/** What the program says about itself, not the model. Undefined: a line that we do not know. */
export function noticeEvents(object: JsonObject): AgentEvent[] | undefined {
  if (object.type === "rate_limit_event") return rateLimit(toObject(object.rate_limit_info));
  if (object.type !== "system") return undefined;
  switch (object.subtype) {
    case "init":
      return [sessionStart(object)];
    case "api_retry":
      return [retry(object)];
    case "permission_denied":
      return warning(
        `${toText(object.tool_name) ?? "A tool"} was not allowed: ${toText(object.message) ?? "no reason"}`,
      );
    case "compact_boundary":
      return warning(compaction(toObject(object.compact_metadata)));
    case "informational":
      return warning(toText(object.content));
    case "model_refusal_no_fallback":
      return warning(toText(object.message) ?? toText(object.content) ?? "The model refused.");
    case "hook_response":
      return hookResponse(object);
    case "task_notification":
      return object.status === "completed" ? [] : warning(`Task ${toText(object.status)}: ${toText(object.summary)}`);
    default:
      return undefined;
  }
}

function warning(message: string | undefined): AgentEvent[] | undefined {
  return message === undefined ? undefined : [{ type: "warning", message }];
}

function sessionStart(object: JsonObject): AgentEvent {
  const servers = toList(object.mcp_servers).filter(isObject);
  return defined({
    type: "session_start",
    conversation_id: toText(object.session_id),
    model: toText(object.model),
    cwd: toText(object.cwd),
    tools: toList(object.tools).filter((tool) => typeof tool === "string"),
    mcp_servers: servers.map(({ name, status }) => defined({ name: toText(name) ?? "", status: toText(status) })),
  });
}

function retry(object: JsonObject): AgentEvent {
  const error = toText(object.error) ?? "The request to the model failed";
  const status = toNumber(object.error_status);
  return defined({
    type: "retry",
    message: status === undefined ? error : `${error} (HTTP ${status})`,
    attempt: toInteger(object.attempt),
    max_attempts: toInteger(object.max_retries),
    delay_ms: toNumber(object.retry_delay_ms),
  });
}

function compaction({ pre_tokens: before, post_tokens: after }: JsonObject): string {
  return compacted(toNumber(before), toNumber(after));
}

function hookResponse(object: JsonObject): AgentEvent[] | undefined {
  const failed = object.outcome === "error" || (toNumber(object.exit_code) ?? 0) !== 0;
  if (!failed) return [];
  const said = toText(object.stderr)?.trim() || toText(object.stdout)?.trim() || "no output";
  return warning(`Hook ${toText(object.hook_name) ?? ""} failed: ${said}`);
}

function rateLimit({ status, rateLimitType }: JsonObject): AgentEvent[] | undefined {
  if (typeof status !== "string") return undefined;
  if (status === "allowed") return [];
  return warning(`Rate limit ${toText(rateLimitType) ?? ""}: ${status}`);
}
