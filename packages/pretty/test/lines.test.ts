import { describe, expect, it } from "vitest";
import { createDecoder, runtimes } from "../src/index.ts";
import { readFixtures } from "./support/fixtures.ts";
import { lineKind } from "./support/line-kind.ts";

/** The kinds of lines that say nothing by themselves. Every other line of every fixture has to give an event. */
const silentKinds: Readonly<Record<(typeof runtimes)[number], readonly string[]>> = {
  claude: [
    "result/success",
    "result/error_during_execution",
    "result/error_max_turns",
    "stream_event/content_block_delta",
    "stream_event/content_block_start",
    "stream_event/content_block_stop",
    "stream_event/message_delta",
    "stream_event/message_start",
    "stream_event/message_stop",
    "system/status",
    "system/thinking_tokens",
    "system/task_started",
    "system/task_progress",
    "system/task_updated",
    "system/task_notification",
    "user",
  ],
  codex: ["turn.started", "turn.completed", "turn.failed"],
  copilot: [
    "session.skills_loaded",
    "session.mcp_servers_loaded",
    "session.background_tasks_changed",
    "session.info",
    "assistant.turn_start",
    "assistant.turn_end",
    "assistant.idle",
    "assistant.message_start",
    "assistant.tool_call_delta",
    "model.call_start",
    "model.call_failure",
    "model.call_finished",
    "model.call_final_result",
    "tool.shell_output",
    "tool.execution_partial_result",
    "result",
  ],
  droid: ["completion"],
  gemini: ["result"],
  kilo: ["step_start"],
  opencode: ["step_start"],
  pi: [
    "agent_start",
    "agent_end",
    "turn_start",
    "turn_end",
    "message_start",
    "message_end",
    "message_update/text_start",
    "message_update/toolcall_start",
    "message_update/toolcall_delta",
    "message_update/toolcall_end",
    "tool_execution_update",
  ],
  qwen: ["result/success"],
};

describe.each(runtimes)("lines of %s", (runtime) => {
  it("all give an event, but for the kinds that say nothing by themselves", () => {
    const silent = new Set<string>();
    for (const fixture of readFixtures(runtime)) {
      const decoder = createDecoder(runtime);
      for (const line of fixture.stdout.toString().split("\n").slice(0, -1)) {
        const events = decoder.write(`${line}\n`);
        if (events.length === 0) silent.add(lineKind(line));
      }
    }
    expect([...silent].sort()).toStrictEqual([...silentKinds[runtime]].sort());
  });

  it("are all known", () => {
    for (const fixture of readFixtures(runtime)) {
      const decoder = createDecoder(runtime);
      expect(decoder.write(fixture.stdout).filter(({ type }) => type === "raw")).toStrictEqual([]);
    }
  });

  it("all come back as raw when the runtime is not known", () => {
    for (const fixture of readFixtures(runtime)) {
      const decoder = createDecoder("none-such");
      const events = [...decoder.write(fixture.stdout), ...decoder.end(fixture.end)];
      const lines = events.flatMap((event) => (event.type === "raw" ? [event.line] : []));
      expect(lines.map((line) => `${line}\n`).join("")).toBe(fixture.stdout.toString());
    }
  });
});
