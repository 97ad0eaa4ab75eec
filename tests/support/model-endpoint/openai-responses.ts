import { randomUUID } from "node:crypto";
import { isRecord, latestToolResults, toLine, toName, toRecords, toText } from "./model-call.ts";
import type { Message, ModelAnswer, ModelApi, OfferedTool } from "./model-call.ts";

/** `POST /v1/responses`. */
export const openaiResponses: ModelApi = {
  parse: (body) => {
    const request = isRecord(body) ? body : {};
    const input = toRecords(request.input);
    const messages = input.flatMap(toMessages);
    const systems = input.filter(({ role }) => role === "developer" || role === "system");
    return {
      model: toName(request.model),
      system: [request.instructions, ...systems.map(({ content }) => content)].map(toText).join("\n"),
      messages,
      toolResults: latestToolResults(messages),
      tools: toRecords(request.tools).flatMap(toTools),
    };
  },
  render: (answer, model) => {
    const response = { id: `resp_${randomUUID()}`, object: "response", created_at: 1_790_000_000, model };
    const item = toItem(answer);
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 120,
    };
    const events = [
      { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
      { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress" } },
      ...renderDeltas(answer, item.id),
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { ...response, status: "completed", output: [item], usage } },
    ];
    return events
      .map((event, index) => `event: ${event.type}\ndata: ${toLine({ ...event, sequence_number: index })}\n\n`)
      .join("");
  },
  renderError: (status, message) => ({ error: { type: "invalid_request_error", code: `status_${status}`, message } }),
};

function toItem(answer: ModelAnswer) {
  if ("text" in answer) {
    const content = [{ type: "output_text", text: answer.text, annotations: [] }];
    return { type: "message", id: `msg_${randomUUID()}`, role: "assistant", status: "completed", content };
  }
  return {
    type: "function_call",
    id: `fc_${randomUUID()}`,
    call_id: `call_${randomUUID()}`,
    name: answer.tool.name,
    ...(answer.tool.namespace !== undefined && { namespace: answer.tool.namespace }),
    arguments: JSON.stringify(answer.input),
    status: "completed",
  };
}

function renderDeltas(answer: ModelAnswer, itemId: string) {
  const place = { item_id: itemId, output_index: 0 };
  if (!("text" in answer)) {
    const text = JSON.stringify(answer.input);
    return [
      { type: "response.function_call_arguments.delta", ...place, delta: text },
      { type: "response.function_call_arguments.done", ...place, arguments: text },
    ];
  }
  const part = { ...place, content_index: 0 };
  return [
    { type: "response.content_part.added", ...part, part: { type: "output_text", text: "", annotations: [] } },
    { type: "response.output_text.delta", ...part, delta: answer.text },
    { type: "response.output_text.done", ...part, text: answer.text },
    { type: "response.content_part.done", ...part, part: { type: "output_text", text: answer.text, annotations: [] } },
  ];
}

function toMessages(item: Record<string, unknown>): Message[] {
  if (toName(item.type).endsWith("_call_output")) return [{ role: "tool", text: toText(item.output) }];
  if (item.role === "user" || item.role === "assistant") return [{ role: item.role, text: toText(item.content) }];
  return [];
}

function toTools(tool: Record<string, unknown>): OfferedTool[] {
  const name = toName(tool.name ?? tool.type);
  if (tool.type !== "namespace") return [{ name }];
  return toRecords(tool.tools).map((inner) => ({ name: toName(inner.name), namespace: name }));
}
