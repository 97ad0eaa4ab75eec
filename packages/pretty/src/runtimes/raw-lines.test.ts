import { describe, expect, it } from "vitest";
import { createDecoder } from "../index.ts";

describe("lines of a program that is not decoded", () => {
  it.each(["command", "cluade", "constructor"])("of %s stay as they are, also blank ones, on both streams", (name) => {
    const decoder = createDecoder(name);
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
  ])("take the verdict from %j", (end, verdict) => {
    expect(createDecoder("command").end(end)).toStrictEqual([{ type: "result", ...verdict }]);
  });
});
