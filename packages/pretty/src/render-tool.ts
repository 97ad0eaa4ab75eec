import { count } from "./count.ts";
import { firstText, toList, toObject, toText } from "./json-line.ts";
import { jsonText } from "./json-text.ts";
import { flatten, toPrintableLine, toPrintableLines } from "./printable.ts";
import { quote } from "./quote.ts";
import { renderChange } from "./render-change.ts";
import { cutText, textWidth } from "./text-width.ts";
import { paint, sign, signIndent } from "./theme.ts";
import type { Theme } from "./theme.ts";
import type { ToolCall, ToolResult } from "./types.ts";

/** Longest piece of a text that is looked at for a detail of one line. */
const maxDetailLength = 4_000;
/** Longest reason of a failed call that is shown, in columns: it is wrapped, not cut to the line. */
const maxErrorWidth = 400;

/** What the tool does, in one line, and below it what it changes. */
export function renderToolCall(call: ToolCall, theme: Theme): string[] {
  const head = renderToolHead(call, theme);
  return head === undefined ? [] : [head, ...renderChange(call, theme)];
}

/** Undefined: the call says nothing but what its `plan` event shows. */
export function renderToolHead(call: ToolCall, theme: Theme): string | undefined {
  const detail = toDetail(call);
  if (call.kind === "plan" && detail === "") return undefined;
  const name = toName(call);
  const room = theme.width - signIndent(theme).length - textWidth(name) - 3;
  const title = `${sign(theme, call.kind)} ${paint(theme, "bold", name)}`;
  if (detail === "" || room < 4) return title;
  return `${title} ${paint(theme, "dim", "·")} ${cutText(detail, room)}`;
}

/** What came of it. Nothing of success that goes without saying, such as that a file was written. */
export function renderToolResult(result: ToolResult, theme: Theme, call?: ToolCall): string[] {
  const lines = outputLines(result);
  const kind = call?.kind;
  if (result.status === "error" || (result.exit_code ?? 0) !== 0) {
    const code = result.exit_code === undefined ? "" : ` exit ${result.exit_code}`;
    const [first = "", ...rest] = code === "" ? lines : [code.trim(), ...lines];
    const head = `${signIndent(theme)}${sign(theme, "error")} `;
    const message = paint(theme, "red", cutText(first || "failed", maxErrorWidth));
    return [`${head}${message}`, ...quote(rest, theme)];
  }
  if (kind === "write" || kind === "edit" || kind === "plan" || lines.length === 0) return [];
  // Some tools count themselves, and their lines are not all finds.
  if (kind === "search" && /^Found \d/.test(lines[0] ?? "")) return quote(lines.slice(0, 1), theme);
  if (kind === "read" || (kind === "search" && lines.length > 1)) return quote([count(lines.length, "line")], theme);
  return quote(lines, theme);
}

/** What the call is about: the command, the file, the question. Empty when there is nothing to say. */
function toDetail({ kind, input }: ToolCall): string {
  const detail = detailOf(kind, input);
  return toPrintableLine(detail.slice(0, maxDetailLength));
}

/** Names in the output of codex that are not what its model calls the tools: the sign alone would say as much. */
const internalNames = new Set(["command_execution", "file_change", "spawn_agent"]);
const words: Partial<Record<ToolCall["kind"], string>> = {
  shell: "Shell",
  write: "Write",
  edit: "Edit",
  agent: "Agent",
};

function toName({ kind, name }: ToolCall): string {
  const word = words[kind];
  if (word !== undefined && internalNames.has(name)) return word;
  // Some runtimes join the names of the server and its tool.
  const plain = kind === "mcp" ? name.replace(/^mcp__(.+?)__/, "$1.") : name;
  return cutText(toPrintableLine(plain.slice(0, maxDetailLength)), 60) || "tool";
}

function detailOf(kind: ToolCall["kind"], input: unknown): string {
  if (typeof input === "string") return input;
  const fields = toObject(input);
  switch (kind) {
    case "shell":
      return firstText(fields, ["command", "cmd", "script"]) ?? toList(fields.command).join(" ");
    case "read":
      return pathOf(fields) ?? pairs(fields);
    case "write": {
      const content = firstText(fields, ["content", "contents", "text"]);
      const size = content === undefined ? "" : ` (${count(toPrintableLines(content).length, "line")})`;
      return `${pathOf(fields) ?? changesOf(fields)}${size}`;
    }
    case "edit":
      return pathOf(fields) ?? changesOf(fields);
    case "search": {
      const path = pathOf(fields);
      const pattern = firstText(fields, ["pattern", "query", "glob", "glob_pattern"]);
      if (pattern === undefined) return path ?? pairs(fields);
      return path === undefined ? pattern : `${pattern} in ${path}`;
    }
    case "fetch":
      return firstText(fields, ["url", "query", "prompt"]) ?? pairs(fields);
    case "agent":
      return firstText(fields, ["description", "prompt", "task", "message"]) ?? pairs(fields);
    case "plan":
      return firstText(fields, ["plan", "explanation"]) ?? "";
    default:
      return pairs(fields);
  }
}

function pathOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  return firstText(fields, ["file_path", "path", "filePath", "absolute_path", "notebook_path", "dir_path", "file"]);
}

/** Files of a change that touches several, as codex writes it. */
function changesOf(fields: Readonly<Record<string, unknown>>): string {
  const changes = toList(fields.changes).map(toObject);
  if (changes.length === 0) return pairs(fields);
  return changes.map(({ kind, path }) => `${toText(kind) ?? "change"} ${toText(path) ?? "?"}`).join(", ");
}

/** `name=value` for tools that we know nothing about. */
function pairs(fields: Readonly<Record<string, unknown>>): string {
  const short = (value: unknown): string => {
    const text = toText(value) ?? jsonText(value) ?? "";
    return cutText(flatten(text.slice(0, maxDetailLength)), 60);
  };
  return Object.entries(fields)
    .slice(0, 20)
    .map(([name, value]) => `${name}=${short(value)}`)
    .join(", ");
}

/** Without the exit status and the note that there was nothing, which are said otherwise. */
function outputLines({ output = "", exit_code: exitCode }: ToolResult): string[] {
  const lines = toPrintableLines(output);
  if (exitCode !== undefined && lines[0] === `Exit code ${exitCode}`) lines.shift();
  const empty = lines.every((line) => line.trim() === "" || line === "(Bash completed with no output)");
  return empty ? [] : lines;
}
