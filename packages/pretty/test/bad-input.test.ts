import { agentEventSchema, type AgentEvent } from "@aod/core";
import { describe, expect, it } from "vitest";
import { createDecoder, runtimes } from "../src/index.ts";
import { readFixtures } from "./support/fixtures.ts";
import { lineKind } from "./support/line-kind.ts";

const notObjects = [
  "42",
  '"text"',
  "null",
  "[1]",
  "true",
  "{",
  '{"type":',
  "}{",
  "plain text",
  "\u0000\u0001",
  "\ufeff{}",
];
const unknownObjects = [
  "{}",
  '{"type":5}',
  '{"type":null}',
  '{"type":"brand.new","data":{"text":"x"}}',
  '{"type":"constructor"}',
  '{"__proto__":{"type":"message"}}',
  `{"type":"brand.new","deep":${"[".repeat(2000)}${"]".repeat(2000)}}`,
];
const replacements = [null, 5, -1.5, "", "x", true, {}, [], [null], { type: "x" }, "\ud800", "\u001b[2J"];

describe.each(runtimes)("bad input of %s", (runtime) => {
  it.each([...notObjects, ...unknownObjects])("keeps %j as it is", (line) => {
    const decoder = createDecoder(runtime);
    expect(decoder.write(`${line}\n`)).toStrictEqual([{ type: "raw", stream: "stdout", line }]);
  });

  it("keeps what was half a line", () => {
    const decoder = createDecoder(runtime);
    const half = '{"type":"text","part":{"te';
    expect(decoder.write(half)).toStrictEqual([]);
    expect(decoder.end({ exitCode: 0 })[0]).toStrictEqual({ type: "raw", stream: "stdout", line: half });
  });

  it("does not take lines apart at U+2028, U+0085 or a lone carriage return", () => {
    const decoder = createDecoder(runtime);
    const line = "a\u2028b\u2029c\u0085d\re\u000bf";
    expect(decoder.write(`${line}\r\n`)).toStrictEqual([{ type: "raw", stream: "stdout", line }]);
  });

  it("decodes lines with added fields as before", () => {
    for (const fixture of readFixtures(runtime)) {
      const before = createDecoder(runtime);
      const after = createDecoder(runtime);
      for (const line of fixture.stdout.toString().split("\n").slice(0, -1)) {
        const grown = JSON.stringify({ ...(JSON.parse(line) as object), zz_new: { type: "message", text: "x" } });
        expect(after.write(`${grown}\n`)).toStrictEqual(before.write(`${line}\n`));
      }
      expect(after.end(fixture.end)).toStrictEqual(before.end(fixture.end));
    }
  });

  it("makes valid events, or keeps the line, when a field is missing or something else", () => {
    for (const [line, ...before] of linesOfEachKind(runtime)) {
      for (const mutant of mutants(JSON.parse(line) as object)) {
        const decoder = createDecoder(runtime);
        for (const earlier of before) decoder.write(`${earlier}\n`);
        const text = JSON.stringify(mutant);
        const events = decoder.write(`${text}\n`);
        expectValid(events, text);
        const end = decoder.end({ exitCode: 0 });
        expectValid(end, text);
        expect(end.at(-1)?.type).toBe("result");
      }
    }
  });
});

/** A line of megabytes in each place where text is searched or taken apart. */
const hugeLines: readonly [runtime: string, place: string, toLine: (text: string) => object][] = [
  [
    "codex",
    "a command",
    (text) => ({
      type: "item.completed",
      item: { id: "i", type: "command_execution", command: `/bin/bash -lc "${text}"`, aggregated_output: text },
    }),
  ],
  ["codex", "a retry", (text) => ({ type: "error", message: `Reconnecting... 1/5 (${text}` })],
  ["codex", "an error", (text) => ({ type: "error", message: `[API Error: ${text}` })],
  [
    "opencode",
    "the answer of a sub-agent",
    (text) => ({ type: "tool_use", part: { callID: "c", tool: "task", state: { output: `<task_result>${text}` } } }),
  ],
  ["droid", "a tool's answer", (text) => ({ type: "tool_result", id: "c", value: text })],
  [
    "copilot",
    "a tool's answer",
    (text) => ({
      type: "tool.execution_complete",
      data: { toolCallId: "c", shellExecution: { exitCode: 0 }, result: { content: text } },
    }),
  ],
  ["gemini", "a message", (text) => ({ type: "message", role: "assistant", content: text, delta: true })],
  [
    "pi",
    "a piece of a message",
    (text) => ({ type: "message_update", assistantMessageEvent: { type: "text_delta", delta: text } }),
  ],
  [
    "qwen",
    "a message",
    (text) => ({ type: "assistant", message: { content: [{ type: "text", text: `[API Error: ${text}` }] } }),
  ],
  ["claude", "a tool's answer", (text) => ({ type: "user", message: { content: `Exit code 3${text}` } })],
];

describe("huge lines", () => {
  it.each(hugeLines)("of %s may have megabytes in %s", (runtime, _place, toLine) => {
    for (const fill of [" ", "a", "\n", "<", "'", '"', "<task_result>", "[Process exited with code ", '{"a":']) {
      const decoder = createDecoder(runtime);
      const [event] = decoder.write(`${JSON.stringify(toLine(fill.repeat(4_000_000 / fill.length)))}\n`);
      expect(event?.type).not.toBe("raw");
      expect(decoder.end({ exitCode: 0 }).at(-1)?.type).toBe("result");
    }
  });

  it.each([
    ["droid", (deep: string) => `{"type":"tool_result","id":"c","value":${deep}}`],
    [
      "codex",
      (deep: string) =>
        `{"type":"item.completed","item":{"id":"i","type":"mcp_tool_call","result":{"structured_content":${deep}}}}`,
    ],
  ])("of %s may be deeper than can be written again", (runtime, toLine) => {
    const events = createDecoder(runtime).write(`${toLine("[".repeat(100_000) + "]".repeat(100_000))}\n`);
    expect(events.at(-1)?.type).toBe("tool_result");
    expect(events.at(-1)).not.toHaveProperty("output");
  });
});

/** The first line of each kind, each with the lines before it. */
function linesOfEachKind(runtime: string): [string, ...string[]][] {
  const found = new Map<string, [string, ...string[]]>();
  for (const fixture of readFixtures(runtime)) {
    const lines = fixture.stdout.toString().split("\n").slice(0, -1);
    for (const [index, line] of lines.entries()) {
      const kind = lineKind(line);
      if (!found.has(kind)) found.set(kind, [line, ...lines.slice(0, index)]);
    }
  }
  return [...found.values()];
}

/** The object with each field, at any depth, left out or replaced. */
function* mutants(object: object): Generator {
  for (const [key, value] of Object.entries(object)) {
    const { [key as never]: _left, ...rest } = object;
    yield Array.isArray(object) ? Object.values(rest) : rest;
    const copy = (changed: unknown): unknown =>
      Array.isArray(object) ? object.with(Number(key), changed) : { ...object, [key]: changed };
    for (const replacement of replacements) yield copy(replacement);
    if (typeof value === "object" && value !== null) for (const mutant of mutants(value as object)) yield copy(mutant);
  }
}

function expectValid(events: readonly AgentEvent[], line: string): void {
  for (const event of events) {
    const parsed = agentEventSchema.safeParse(event);
    expect(parsed.success ? "valid" : JSON.stringify(event), line).toBe("valid");
    if (event.type === "raw" && event.stream === "stdout") expect(event.line).toBe(line);
  }
}
