import { isRecord, latestToolResults, toLine, toName, toRecords, toText } from "./model-call.ts";
import type { Message, ModelApi } from "./model-call.ts";

/** `POST /v1beta/models/<model>:streamGenerateContent?alt=sse`. */
export const gemini: ModelApi = {
  parse: (body, path) => {
    const request = isRecord(body) ? body : {};
    const messages = toRecords(request.contents).map(toMessage);
    return {
      model: /models\/([^:]+):/.exec(path)?.[1] ?? "",
      system: isRecord(request.systemInstruction) ? toText(request.systemInstruction.parts) : "",
      messages,
      toolResults: latestToolResults(messages),
      tools: toRecords(request.tools)
        .flatMap(({ functionDeclarations }) => toRecords(functionDeclarations))
        .map(({ name }) => ({ name: toName(name) })),
    };
  },
  render: (answer, model) => {
    const part =
      "text" in answer ? { text: answer.text } : { functionCall: { name: answer.tool.name, args: answer.input } };
    return `data: ${toLine(toResponse(part, model))}\n\n`;
  },
  renderError: (status, message) => ({
    error: { code: status, status: status === 401 ? "UNAUTHENTICATED" : "INTERNAL", message },
  }),
};

function toResponse(part: object, model: string): object {
  return {
    candidates: [{ index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 20, totalTokenCount: 120 },
    modelVersion: model,
  };
}

/** Tool results come as messages of the user. */
function toMessage({ role, parts }: Record<string, unknown>): Message {
  const result = toRecords(parts).find((part) => "functionResponse" in part);
  if (result !== undefined) return { role: "tool", text: JSON.stringify(result.functionResponse) };
  return { role: role === "model" ? "assistant" : "user", text: toText(parts) };
}
