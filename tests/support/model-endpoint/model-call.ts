/** A tool that the CLI offers to the model. */
export interface OfferedTool {
  readonly name: string;
  /** codex groups the tools of an MCP server. */
  readonly namespace?: string;
}

export interface Message {
  readonly role: "user" | "assistant" | "tool";
  readonly text: string;
}

/** One request for an answer, whatever API it came through. */
export interface ModelCall {
  readonly model: string;
  readonly system: string;
  /** The whole conversation that was sent, in order. */
  readonly messages: readonly Message[];
  /** Results of the tools called since the user last spoke: how far this turn has come. */
  readonly toolResults: readonly string[];
  readonly tools: readonly OfferedTool[];
}

/** What the model answers. */
export type ModelReply =
  | { readonly text: string }
  | { readonly tool: OfferedTool; readonly input: Readonly<Record<string, unknown>> }
  | { readonly status: number; readonly message: string }
  | "silence";

/** An answer that really comes and is not an error. */
export type ModelAnswer = Exclude<ModelReply, { status: number } | "silence">;

/** One model API: how to read its requests and write its answers. */
export interface ModelApi {
  parse(body: unknown, path: string): ModelCall;
  /** A whole stream of server-sent events. */
  render(answer: ModelAnswer, model: string): string;
  renderError(status: number, message: string): object;
}

/** What the tools answered after the last word of the user. */
export function latestToolResults(messages: readonly Message[]): string[] {
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  return messages.slice(lastUser + 1).flatMap(({ role, text }) => (role === "tool" ? [text] : []));
}

/** The text in a content value: a string, or parts of which those with a text count. */
export function toText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return content === undefined || content === null ? "" : JSON.stringify(content);
  return content
    .map((part: unknown) => (isRecord(part) && typeof part.text === "string" ? part.text : ""))
    .filter((text) => text !== "")
    .join("\n");
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function toRecords(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function toName(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A line of JSON that no parser splits: one SDK breaks lines at U+2028 too. */
export function toLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0085\u2028\u2029]/g,
    (separator) => `\\u${separator.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
