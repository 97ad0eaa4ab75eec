import { describe, expect, it } from "vitest";
import { planEvent } from "./plan-event.ts";

describe("planEvent", () => {
  it("reads the steps of every runtime, without the cancelled ones", () => {
    const steps = [
      { content: "claude", status: "in_progress" },
      { description: "gemini", status: "completed" },
      { text: "codex", completed: true },
      { text: "codex", completed: false },
      { content: "new", status: "blocked" },
      { content: "gone", status: "cancelled" },
      { status: "pending" },
      "no step",
    ];
    expect(planEvent(steps)).toStrictEqual({
      type: "plan",
      items: [
        { text: "claude", status: "in_progress" },
        { text: "gemini", status: "completed" },
        { text: "codex", status: "completed" },
        { text: "codex", status: "pending" },
        { text: "new", status: "pending" },
      ],
    });
  });

  it("reads a checklist in Markdown", () => {
    expect(planEvent("# Plan\n- [x] read\n* [ ] write\n  - [X] nested\nsome words\n")).toStrictEqual({
      type: "plan",
      items: [
        { text: "read", status: "completed" },
        { text: "write", status: "pending" },
        { text: "nested", status: "completed" },
      ],
    });
  });

  it.each([undefined, null, "[]", {}])("gives nothing for %j", (steps) => {
    expect(planEvent(steps)).toBeUndefined();
  });
});
