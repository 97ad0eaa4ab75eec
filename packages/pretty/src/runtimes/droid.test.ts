import { describe, expect, it } from "vitest";
import { decodeObjects } from "../../test/support/decode-objects.ts";

const completion = { type: "completion", finalText: "Hi.", numTurns: 1, durationMs: 5, usage: {} };
const toolResult = (fields: object): object => ({ type: "tool_result", id: "c", toolId: "Execute", ...fields });

describe("droid", () => {
  it("takes the status of a command out of its output", () => {
    const { events } = decodeObjects("droid", [
      toolResult({ isError: false, value: "oops\n\n\n[Process exited with code 3]" }),
    ]);
    expect(events).toStrictEqual([
      { type: "tool_result", id: "c", status: "error", name: "Execute", output: "oops", exit_code: 3 },
    ]);
  });

  it("gives an answer that is no text as JSON", () => {
    expect(decodeObjects("droid", [toolResult({ isError: true, value: { a: 1 } })]).events[0]).toMatchObject({
      status: "error",
      output: '{"a":1}',
    });
  });

  it("is a success by its completion, whatever went wrong before", () => {
    const error = { type: "error", source: "agent_loop", message: "overloaded" };
    expect(decodeObjects("droid", [error, completion]).result).toMatchObject({ verdict: "success", text: "Hi." });
    expect(decodeObjects("droid", [completion], { exitCode: 1 }).result.verdict).toBe("failure");
    expect(decodeObjects("droid", [error], { exitCode: 1 }).result).toMatchObject({
      verdict: "failure",
      reason: "overloaded",
    });
    expect(decodeObjects("droid", []).result).toMatchObject({ reason: "the output ended before the completion" });
  });

  it("gives reasoning", () => {
    expect(decodeObjects("droid", [{ type: "reasoning", id: "r", text: "Hm." }]).events).toStrictEqual([
      { type: "thinking", text: "Hm.", delta: false, message_id: "r" },
    ]);
  });
});
