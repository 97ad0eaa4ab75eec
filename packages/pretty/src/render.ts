import type { AgentEvent, AgentResult, AgentUsage } from "@aod/core";
import { count } from "./count.ts";
import { paintMarkdown } from "./paint-markdown.ts";
import { toPrintable, toPrintableLine, toPrintableLines, withoutBlankStart } from "./printable.ts";
import { renderToolCall, renderToolResult } from "./render-tool.ts";
import { cutText } from "./text-width.ts";
import { createTheme, paint, sign, signIndent } from "./theme.ts";
import type { Sign, Style, Theme } from "./theme.ts";
import type { PlanEvent, SessionStart, ToolCall } from "./types.ts";

/** Longest message, in UTF-16 units, that is shown whole. */
const maxMessageLength = 100_000;
/** Longest line of an unknown output that is shown whole. */
const maxRawLength = 65_536;
/** Longest text of a notice that is shown, in columns. */
const maxNoticeWidth = 400;
/** Longest thought that is shown, in columns. */
export const maxThinkingWidth = 280;

/**
 * The lines that show an event to people, without line breaks in them. Safe to print whatever the agent wrote: escape
 * sequences and control characters are taken out, long fields cut. Empty for an event that has nothing to show. Does not
 * indent what sub-agents do, and shows a piece of a message as if it were whole: `createEventPrinter` knows more.
 *
 * @param theme What is left out has the default of `createTheme`.
 * @param call The call of a `tool_result`, where it is known: without it, the output of every tool is shown alike.
 */
export function render(event: AgentEvent, theme: Partial<Theme> = {}, call?: ToolCall): string[] {
  return renderEvent(event, createTheme(theme), call);
}

/** As {@link render}, with a theme that has all its fields. */
export function renderEvent(event: AgentEvent, theme: Theme, call?: ToolCall): string[] {
  switch (event.type) {
    case "session_start":
      return [notice(theme, "session", sessionText(event))];
    case "message":
      return event.role === "assistant" ? messageLines(event.text, theme) : [userLine(event.text, theme)];
    case "thinking":
      return thinkingLines(event.text, theme);
    case "tool_call":
      return renderToolCall(event, theme);
    case "tool_result":
      return renderToolResult(event, theme, call);
    case "plan":
      return planLines(event, theme);
    case "usage":
      return [];
    case "retry":
      return [notice(theme, "retry", retryText(event), "yellow")];
    case "warning":
      return [notice(theme, "warning", event.message, "yellow")];
    case "error":
      return [notice(theme, "error", event.message, "red")];
    case "result":
      return resultLines(event, theme);
    case "raw":
      return toPrintableLines(cutLine(event.line)).map((line) =>
        event.stream === "stderr" ? paint(theme, "dim", line) : line,
      );
    default:
      // A type that a newer server knows.
      return [];
  }
}

function notice(theme: Theme, name: Sign, text: string, style?: Style): string {
  const flat = cutText(toPrintableLine(text), maxNoticeWidth);
  return `${sign(theme, name)} ${style ? paint(theme, style, flat) : flat}`;
}

function sessionText({ model = "started", tools = [], mcp_servers: servers = [] }: SessionStart): string {
  const names = servers.map(({ name, status }) =>
    status === undefined || status === "connected" ? name : `${name} (${status})`,
  );
  const toolsText = tools.length > 0 ? ` · ${count(tools.length, "tool")}` : "";
  return model + toolsText + (names.length > 0 ? ` · mcp ${names.join(", ")}` : "");
}

function messageLines(text: string, theme: Theme): string[] {
  const rest = text.length - maxMessageLength;
  const shown = withoutBlankStart(toPrintable(rest > 0 ? text.slice(0, maxMessageLength) : text).trimEnd());
  if (shown === "") return [];
  const lines = paintMarkdown(shown.split("\n"), theme);
  return rest > 0 ? [...lines, `… ${count(rest, "more character")}`] : lines;
}

function userLine(text: string, theme: Theme): string {
  const flat = cutText(toPrintableLine(text.slice(0, maxRawLength)), theme.width - signIndent(theme).length);
  return paint(theme, "dim", `${sign(theme, "user")} ${flat}`);
}

function thinkingLines(text: string, theme: Theme): string[] {
  // Codex writes a heading before each thought, as Markdown.
  const plain = text.slice(0, maxRawLength).replace(/^\*\*([^*\n]+)\*\*$/gm, "$1:");
  const flat = cutText(toPrintableLine(plain), maxThinkingWidth);
  return flat === "" ? [] : [paint(theme, "dim", `${sign(theme, "thinking")} ${flat}`)];
}

function planLines({ items }: PlanEvent, theme: Theme): string[] {
  const done = items.filter(({ status }) => status === "completed").length;
  const boxes = { pending: "☐", in_progress: "▶", completed: "☑" } as const;
  const styles = { pending: undefined, in_progress: "cyan", completed: "dim" } as const;
  return [
    `${sign(theme, "plan")} ${paint(theme, "bold", "Plan")} ${paint(theme, "dim", "·")} ${done} of ${items.length} done`,
    ...items.map(({ text, status }) => {
      const line = `  ${boxes[status]} ${cutText(toPrintableLine(text), theme.width - 4)}`;
      const style = styles[status];
      return style ? paint(theme, style, line) : line;
    }),
  ];
}

function retryText(event: Extract<AgentEvent, { type: "retry" }>): string {
  const { message, attempt, max_attempts: max, delay_ms: delay } = event;
  return [
    ...(message === "" ? [] : [message]),
    ...(attempt === undefined ? [] : [`attempt ${attempt}${max === undefined ? "" : ` of ${max}`}`]),
    ...(delay === undefined ? [] : [`in ${formatDuration(delay)}`]),
  ].join(" · ");
}

function resultLines(event: AgentResult, theme: Theme): string[] {
  const words = { success: "Done", failure: "Failed", interrupted: "Interrupted" } as const;
  const styles = { success: "green", failure: "red", interrupted: "yellow" } as const;
  const { verdict } = event;
  const head = `${sign(theme, verdict)} ${paint(theme, styles[verdict], words[verdict])}`;
  const facts = [
    ...(event.duration_ms === undefined ? [] : [formatDuration(event.duration_ms)]),
    ...(event.model_turns ? [count(event.model_turns, "model turn")] : []),
    ...usageTexts(event),
  ];
  const reason = cutText(toPrintableLine(event.reason ?? ""), maxNoticeWidth);
  const texts = [...(reason === "" ? [] : [reason]), ...facts];
  return [texts.length === 0 ? head : `${head} ${paint(theme, "dim", "·")} ${texts.join(" · ")}`];
}

/** Of the turn; of the whole conversation, and said so, when only that is known. */
function usageTexts({ usage, thread_usage: threadUsage }: AgentResult): string[] {
  const texts = usageFacts(usage ?? threadUsage ?? {});
  return usage || texts.length === 0 ? texts : [`conversation so far: ${texts.join(", ")}`];
}

function usageFacts({
  input_tokens: input,
  cache_read_tokens: cached,
  output_tokens: output,
  cost_usd: cost,
}: AgentUsage): string[] {
  const read = cached ? ` (${formatTokens(cached)} cached)` : "";
  return [
    ...(!input ? [] : [`${formatTokens(input)} in${read}`]),
    ...(!output ? [] : [`${formatTokens(output)} out`]),
    ...(!cost ? [] : [formatCost(cost)]),
  ];
}

/** Milliseconds as people read them: `0.7s`, `42.0s`, `3m 05s`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, "0")}s`;
}

/** A number of tokens in at most five characters: `950`, `4k`, `12.3k`, `1.5M`. */
export function formatTokens(tokens: number): string {
  if (tokens < 1_000) return String(tokens);
  const [size, unit] = tokens < 999_950 ? [1_000, "k"] : [1_000_000, "M"];
  return `${(tokens / size).toFixed(1).replace(/\.0$/, "")}${unit}`;
}

/** US dollars with as many digits as a small turn needs: `$0.0042`, `$1.50`. */
export function formatCost(usd: number): string {
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

function cutLine(line: string): string {
  const rest = line.length - maxRawLength;
  return rest > 0 ? `${line.slice(0, maxRawLength)}… ${count(rest, "more character")}` : line;
}
