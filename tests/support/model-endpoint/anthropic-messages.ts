import { randomUUID } from "node:crypto";
import { isRecord, latestToolResults, toLine, toName, toRecords, toText } from "./model-call.ts";
import type { Message, ModelAnswer, ModelApi } from "./model-call.ts";

/** `POST /v1/messages`. */
export const anthropicMessages: ModelApi = {
  parse: (body) => {
    const request = isRecord(body) ? body : {};
    const messages = toRecords(request.messages).flatMap(toMessages);
    return {
      model: toName(request.model),
      system: toText(request.system),
      messages,
      toolResults: latestToolResults(messages),
      tools: toRecords(request.tools).map(({ name }) => ({ name: toName(name) })),
    };
  },
  render: (answer, model) => {
    const start = { id: `msg_${randomUUID()}`, type: "message", role: "assistant", model, content: [] };
    const usage = { input_tokens: 100, output_tokens: 1 };
    const events = [
      { type: "message_start", message: { ...start, stop_reason: null, stop_sequence: null, usage } },
      ...renderBlock(answer),
      { type: "content_block_stop", index: 0 },
      {
        type: "message_delta",
        delta: { stop_reason: "text" in answer ? "end_turn" : "tool_use", stop_sequence: null },
        usage: { output_tokens: 20 },
      },
      { type: "message_stop" },
    ];
    return events.map((event) => `event: ${event.type}\ndata: ${toLine(event)}\n\n`).join("");
  },
  renderError: (status, message) => ({
    type: "error",
    error: { type: status === 401 ? "authentication_error" : "api_error", message },
  }),
};

function renderBlock(answer: ModelAnswer) {
  const [block, delta] =
    "text" in answer
      ? [
          { type: "text", text: "" },
          { type: "text_delta", text: answer.text },
        ]
      : [
          { type: "tool_use", id: `toolu_${randomUUID()}`, name: answer.tool.name, input: {} },
          { type: "input_json_delta", partial_json: JSON.stringify(answer.input) },
        ];
  return [
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
  ];
}

/** Tool results come as messages of the user, and what the user says next may be in the same one. */
function toMessages({ role, content }: Record<string, unknown>): Message[] {
  const parts = toRecords(content);
  const result = parts.find(({ type }) => type === "tool_result");
  if (result === undefined) return [{ role: role === "assistant" ? "assistant" : "user", text: toText(content) }];
  const said = toText(
    parts.filter(({ type, text }) => type === "text" && !String(text).startsWith("<system-reminder>")),
  );
  return [
    { role: "tool", text: toText(result.content) },
    ...(said === "" ? [] : [{ role: "user" as const, text: said }]),
  ];
}
