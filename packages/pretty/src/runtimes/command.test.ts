import { describe, expect, it } from "vitest";
import { createDecoder } from "../index.ts";

describe("command", () => {
  it("leaves every line as it is, also blank ones and those of both streams", () => {
    const decoder = createDecoder("command");
    const events = [
      ...decoder.write('a\n\n{"type":"text"}\nhalf'),
      ...decoder.write("oops\n", "stderr"),
      ...decoder.end({ exitCode: 0 }),
    ];
    expect(events.map((event) => (event.type === "raw" ? [event.stream, event.line] : event))).toStrictEqual([
      ["stdout", "a"],
      ["stdout", ""],
      ["stdout", '{"type":"text"}'],
      ["stderr", "oops"],
      ["stdout", "half"],
      { type: "result", verdict: "success" },
    ]);
  });

  it.each([
    [{ exitCode: 3 }, { verdict: "failure", reason: "exited with status 3" }],
    [{ exitCode: null }, { verdict: "failure", reason: "ended without an exit status" }],
    [{ exitCode: 3, interrupted: true }, { verdict: "interrupted" }],
  ])("takes its verdict from %j", (end, verdict) => {
    expect(createDecoder("command").end(end)).toStrictEqual([{ type: "result", ...verdict }]);
  });
});
