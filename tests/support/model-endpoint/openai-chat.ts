import { randomUUID } from "node:crypto";
import { isRecord, latestToolResults, toLine, toName, toRecords, toText } from "./model-call.ts";
import type { Message, ModelApi } from "./model-call.ts";

/** `POST /v1/chat/completions`. */
export const openaiChat: ModelApi = {
  parse: (body) => {
    const request = isRecord(body) ? body : {};
    const all = toRecords(request.messages);
    const messages = all.flatMap(({ role, content }): Message[] =>
      role === "user" || role === "assistant" || role === "tool" ? [{ role, text: toText(content) }] : [],
    );
    const systems = all.filter(({ role }) => role === "system" || role === "developer");
    return {
      model: toName(request.model),
      system: systems.map(({ content }) => toText(content)).join("\n"),
      messages,
      toolResults: latestToolResults(messages),
      tools: toRecords(request.tools).map((tool) => ({
        name: toName(isRecord(tool.function) ? tool.function.name : ""),
      })),
    };
  },
  render: (answer, model) => {
    const chunk = { id: `chatcmpl-${randomUUID()}`, object: "chat.completion.chunk", created: 1_790_000_000, model };
    const delta =
      "text" in answer
        ? { role: "assistant", content: answer.text }
        : {
            role: "assistant",
            tool_calls: [
              {
                index: 0,
                id: `call_${randomUUID()}`,
                type: "function",
                function: { name: answer.tool.name, arguments: JSON.stringify(answer.input) },
              },
            ],
          };
    const end = "text" in answer ? "stop" : "tool_calls";
    const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
    const events = [
      { ...chunk, choices: [{ index: 0, delta, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: end }], usage },
    ];
    return [...events.map(toLine), "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
  },
  renderError: (status, message) => ({ error: { type: "invalid_request_error", code: `status_${status}`, message } }),
};
