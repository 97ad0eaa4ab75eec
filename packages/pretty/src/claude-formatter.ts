import type { Formatter, FormatterEvent } from "./formatter.ts";
import { isObject, toList, toObject } from "./json-line.ts";
import type { JsonObject } from "./json-line.ts";
import { LineSplitter } from "./line-splitter.ts";
import { formatFixed, isBlank, shorten, splitLines, strip } from "./python-text.ts";

/**
 * The stream-json output of claude as the Python client's `aod.pretty.claude.ClaudeFormatter` prints it: the same lines,
 * byte for byte. Text of the agent goes through as it is, escape sequences included; `createPrinter` takes them out.
 *
 * @example
 * const formatter = new ClaudeFormatter();
 * for await (const event of client.sessions.stream(id)) for (const line of formatter.consume(event)) console.log(line);
 * for (const line of formatter.flush()) console.log(line);
 */
export class ClaudeFormatter implements Formatter {
  readonly #lines = new LineSplitter();

  /** Takes `output` of `stdout`; every other event gives nothing. */
  consume({ type, stream, data }: FormatterEvent): string[] {
    return type === "output" && stream === "stdout" && typeof data === "string" ? this.feed(data) : [];
  }

  /** Takes a piece of stdout. A message of several lines is one entry with `\n` in it. */
  feed(chunk: string): string[] {
    return this.#lines.write(chunk).flatMap((line) => {
      const text = withoutReturns(line);
      return text === "" ? [] : formatLine(text);
    });
  }

  /** Formats a last line that was not ended. */
  flush(): string[] {
    const [rest = ""] = this.#lines.end();
    return isBlank(rest) ? [] : formatLine(rest);
  }
}

function withoutReturns(line: string): string {
  let end = line.length;
  while (line.charCodeAt(end - 1) === 0x0d) end--;
  return line.slice(0, end);
}

function formatLine(line: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [line];
  }
  if (!isObject(value)) return [line];
  const body = formatMessage(value);
  const indent = isTruthy(value.parent_tool_use_id) ? "  " : "";
  const text = splitLines(body)
    .map((part) => indent + part)
    .join("\n");
  return text === "" ? [] : [text];
}

function formatMessage(message: JsonObject): string {
  switch (message.type) {
    case "system":
      return formatSystem(message);
    case "assistant":
      return toList(toObject(message.message).content)
        .map((block) => formatBlock(toObject(block)))
        .filter((part) => part !== undefined)
        .join("\n");
    case "result":
      return formatResult(message);
    default:
      return "";
  }
}

function formatSystem(message: JsonObject): string {
  if (message.subtype === "init") {
    const servers = toList(message.mcp_servers).map((server) => toText(toObject(server).name));
    const mcp = servers.length > 0 ? `, mcp=[${servers.join(", ")}]` : "";
    return `⚙️  Session init · model=${toText(message.model) || "?"}, tools=${toList(message.tools).length}${mcp}`;
  }
  if (message.subtype === "task_started") {
    return `🚀 Task spawned · ${toText(message.description) || "(no description)"}`;
  }
  return "";
}

function formatBlock(block: JsonObject): string | undefined {
  if (block.type === "thinking") {
    const text = shorten(toText(block.thinking), 200);
    return text === "" ? undefined : `💭 ${text}`;
  }
  if (block.type === "text") {
    const text = strip(toText(block.text));
    return text === "" ? undefined : `✉️  ${text}`;
  }
  return block.type === "tool_use" ? formatToolUse(block) : undefined;
}

/** `✏️` and `🛠️` are drawn in one column by some terminals, and have a space of their own. */
const toolEmoji: ReadonlyMap<string, string> = new Map([
  ["Bash", "🔧"],
  ["Read", "📖"],
  ["Write", "📝"],
  ["Edit", "✏️ "],
  ["MultiEdit", "✏️ "],
  ["NotebookEdit", "📓"],
  ["Grep", "🔍"],
  ["Glob", "🔎"],
  ["WebFetch", "🌐"],
  ["WebSearch", "🌐"],
  ["Task", "🤖"],
  ["Agent", "🤖"],
  ["TodoWrite", "📋"],
  ["ExitPlanMode", "📐"],
  ["EnterPlanMode", "📐"],
]);

function formatToolUse(block: JsonObject): string {
  const name = toText(block.name) || "?";
  const detail = toolDetail(name, toObject(block.input));
  return `${toolEmoji.get(name) ?? "🛠️ "} ${name}${detail === "" ? "" : ` · ${detail}`}`;
}

const maxDetail = 140;

function toolDetail(name: string, input: JsonObject): string {
  switch (name) {
    case "Bash":
      return shorten(toText(input.command), maxDetail);
    case "Read":
    case "Write":
    case "Edit":
    case "MultiEdit":
    case "NotebookEdit":
      return toText(input.file_path) || "(no path)";
    case "Grep":
    case "Glob": {
      const path = toText(input.path);
      return toText(input.pattern) + (path === "" ? "" : ` in ${path}`);
    }
    case "WebFetch":
    case "WebSearch":
      return toText(input.url) || toText(input.query);
    case "Task":
    case "Agent":
      return shorten(toText(input.description) || toText(input.prompt), maxDetail);
    case "TodoWrite":
      return `${toList(input.todos).length} todo(s)`;
    default: {
      const names = ["description", "name", "query", "prompt", "path"];
      const text = names.map((key) => input[key]).find((value) => typeof value === "string" && value !== "");
      return shorten(toText(text), maxDetail);
    }
  }
}

function formatResult(result: JsonObject): string {
  const { duration_ms: duration, num_turns: turns, total_cost_usd: cost } = result;
  const parts = [
    `agent ${formatFixed((typeof duration === "number" ? duration : 0) / 1000, 1)}s`,
    ...(isTruthy(turns) ? [`${toText(turns)} turns`] : []),
    ...(typeof cost === "number" ? [`tokens $${formatFixed(cost, 4)}`] : []),
  ];
  return `${result.subtype === "success" ? "✨" : "⚠️ "} Done · ${parts.join(", ")}`;
}

/** Empty for what is missing or no plain value. */
function toText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** As Python sees it: empty lists and objects are not. */
function isTruthy(value: unknown): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}
