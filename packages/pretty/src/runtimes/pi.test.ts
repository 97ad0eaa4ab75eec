import { describe, expect, it } from "vitest";
import { decodeObjects } from "../../test/support/decode-objects.ts";

const usage = { input: 10, output: 5, cacheRead: 3, cacheWrite: 0, cost: { total: 0.1 } };
const messageEnd = (fields: object): object => ({
  type: "message_end",
  message: { role: "assistant", usage, ...fields },
});
const update = (assistantMessageEvent: object): object => ({ type: "message_update", assistantMessageEvent });
const agentEnd = { type: "agent_end", messages: [] };

describe("pi", () => {
  it("judges by the last message, because the status is always 0", () => {
    const error = messageEnd({ content: [], stopReason: "error", errorMessage: "overloaded" });
    const answer = messageEnd({ content: [{ type: "text", text: "Hi." }], stopReason: "stop" });
    expect(decodeObjects("pi", [error, agentEnd]).result).toMatchObject({ verdict: "failure", reason: "overloaded" });
    expect(decodeObjects("pi", [error, { ...agentEnd, willRetry: true }, answer, agentEnd]).result).toMatchObject({
      verdict: "success",
      text: "Hi.",
    });
    expect(decodeObjects("pi", [messageEnd({ content: [], stopReason: "aborted" }), agentEnd]).result.verdict).toBe(
      "interrupted",
    );
  });

  it("does not call it a success when the agent did not end", () => {
    expect(decodeObjects("pi", [messageEnd({ content: [], stopReason: "toolUse" })]).result).toMatchObject({
      verdict: "failure",
      reason: "the output ended before the agent did",
    });
  });

  it("gives retries", () => {
    const retry = { type: "auto_retry_start", attempt: 1, maxAttempts: 3, delayMs: 2000, errorMessage: "overloaded" };
    expect(decodeObjects("pi", [retry]).events).toStrictEqual([
      { type: "retry", message: "overloaded", attempt: 1, max_attempts: 3, delay_ms: 2000 },
    ]);
  });

  it("gives thinking and text in pieces and whole, each block with an id of its own, and nothing twice", () => {
    const content = [
      { type: "thinking", thinking: "Hm." },
      { type: "text", text: "Hi." },
      { type: "text", text: "Not streamed." },
    ];
    const { events } = decodeObjects("pi", [
      update({ type: "thinking_delta", contentIndex: 0, delta: "Hm." }),
      update({ type: "thinking_end", contentIndex: 0, content: "Hm." }),
      update({ type: "text_delta", contentIndex: 1, delta: "Hi." }),
      update({ type: "text_end", contentIndex: 1, content: "Hi." }),
      messageEnd({ content, stopReason: "stop" }),
    ]);
    const said = events.map((event) =>
      event.type === "message" || event.type === "thinking"
        ? [event.type, event.text, event.delta, event.message_id]
        : event.type,
    );
    expect(said).toStrictEqual([
      ["thinking", "Hm.", true, "message-1.0"],
      ["thinking", "Hm.", false, "message-1.0"],
      ["message", "Hi.", true, "message-1.1"],
      ["message", "Hi.", false, "message-1.1"],
      ["message", "Not streamed.", false, "message-1.2"],
      "usage",
    ]);
  });

  it.each([
    [{ type: "compaction_end", result: { tokensBefore: 9000 } }, "The conversation was compacted: 9000 tokens."],
    [{ type: "auto_compaction_end", result: {} }, "The conversation was compacted."],
    [{ type: "compaction_end", aborted: false, errorMessage: "too long" }, "too long"],
  ])("warns of %j", (line, message) => {
    const { events } = decodeObjects("pi", [{ type: "compaction_start" }, line]);
    expect(events).toStrictEqual([{ type: "warning", message }]);
  });
});
