import { describe, expect, it } from "vitest";
import { createDecoder } from "../index.ts";
import { decodeObjects } from "../../test/support/decode-objects.ts";

const init = { type: "init", session_id: "s", model: "m" };
const piece = (content: string): object => ({ type: "message", role: "assistant", content, delta: true });
const result = (fields: object): object => ({ type: "result", stats: {}, ...fields });

describe("gemini", () => {
  it("gives the pieces of one message the same id, and those behind a tool another", () => {
    const { events, result } = decodeObjects("gemini", [
      piece("I'll "),
      piece("look."),
      { type: "tool_use", tool_name: "read_file", tool_id: "r", parameters: {} },
      piece("Done."),
    ]);
    const ids = events.flatMap((event) => (event.type === "message" ? [event.message_id] : []));
    expect(ids).toStrictEqual(["message-1", "message-1", "message-2"]);
    expect(result.text).toBe("Done.");
  });

  it.each([
    [0, { verdict: "interrupted", reason: "the output ended before the result" }],
    [130, { verdict: "interrupted" }],
    [41, { verdict: "failure", reason: "authentication failed" }],
    [53, { verdict: "failure", reason: "the turn limit was reached" }],
    [55, { verdict: "failure", reason: "the folder is not trusted: set GEMINI_CLI_TRUST_WORKSPACE=true" }],
    [173, { verdict: "failure", reason: "the API answered 429" }],
    [244, { verdict: "failure", reason: "the API answered 500" }],
    [1, { verdict: "failure", reason: "exited with status 1" }],
    [null, { verdict: "failure", reason: "ended without an exit status" }],
  ])("judges status %j without a result line", (exitCode, verdict) => {
    expect(decodeObjects("gemini", [init], { exitCode }).result).toStrictEqual({ type: "result", ...verdict });
  });

  it("calls a missing result interrupted when somebody interrupted it", () => {
    const end = { exitCode: 0, interrupted: true };
    expect(decodeObjects("gemini", [init], end).result).toStrictEqual({ type: "result", verdict: "interrupted" });
  });

  it("calls an error a failure although it exits with 0", () => {
    const error = { type: "InvalidStream", message: "The model returned an empty response." };
    const { events, result: end } = decodeObjects("gemini", [result({ status: "error", error })]);
    expect(events).toStrictEqual([{ type: "error", message: error.message, code: "InvalidStream" }]);
    expect(end).toMatchObject({ verdict: "failure", reason: error.message });
  });

  it("calls a finished turn a success although somebody interrupted it a moment later", () => {
    const end = { exitCode: null, interrupted: true };
    expect(decodeObjects("gemini", [result({ status: "success" })], end).result.verdict).toBe("success");
  });

  it("calls a success that ends with the status of a failure a failure", () => {
    const { result: end } = decodeObjects("gemini", [result({ status: "success" })], { exitCode: 53 });
    expect(end).toMatchObject({ verdict: "failure", reason: "the turn limit was reached" });
  });

  it("gives what went wrong with a tool", () => {
    const { events } = decodeObjects("gemini", [
      { type: "tool_use", tool_name: "replace", tool_id: "r", parameters: {} },
      {
        type: "tool_result",
        tool_id: "r",
        status: "error",
        output: "",
        error: { type: "edit_no_occurrence_found", message: "not found" },
      },
    ]);
    expect(events[1]).toStrictEqual({
      type: "tool_result",
      id: "r",
      status: "error",
      name: "replace",
      output: "not found",
    });
  });

  it("gives the plan behind the call that writes it", () => {
    const todos = [
      { description: "a", status: "completed" },
      { description: "b", status: "in_progress" },
      { description: "c", status: "cancelled" },
    ];
    const call = { type: "tool_use", tool_name: "write_todos", tool_id: "w", parameters: { todos } };
    expect(decodeObjects("gemini", [call]).events).toStrictEqual([
      { type: "tool_call", id: "w", name: "write_todos", kind: "plan", input: { todos } },
      {
        type: "plan",
        items: [
          { text: "a", status: "completed" },
          { text: "b", status: "in_progress" },
        ],
      },
    ]);
  });

  it("tells warnings from errors", () => {
    const line = (severity: string): object => ({ type: "error", severity, message: "odd" });
    expect(decodeObjects("gemini", [line("warning"), line("error")]).events).toStrictEqual([
      { type: "warning", message: "odd" },
      { type: "error", message: "odd" },
    ]);
  });

  it("reads retries from stderr, and leaves out what it says in every turn", () => {
    const decoder = createDecoder("gemini");
    const stderr = [
      "YOLO mode is enabled. All tool calls will be automatically approved.",
      "Attempt 1 failed: Quota exceeded, retry soon",
      "Suggested retry after 1s.. Retrying after 5716ms...",
      "Attempt 2 failed with status 429. Retrying with backoff...",
      "\u001b[31mSomething else\u001b[0m",
    ];
    expect(decoder.write(stderr.map((line) => `${line}\n`).join(""), "stderr")).toStrictEqual([
      { type: "retry", message: "Quota exceeded, retry soon", attempt: 1 },
      { type: "retry", message: "the API answered 429", attempt: 2 },
      { type: "raw", stream: "stderr", line: stderr[4] },
    ]);
    expect(decoder.end({ exitCode: 1 })).toMatchObject([{ verdict: "failure", reason: "Something else" }]);
  });
});
