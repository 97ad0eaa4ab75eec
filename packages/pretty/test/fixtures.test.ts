import { agentEventSchema } from "@aod/core";
import { describe, expect, it } from "vitest";
import { createDecoder, runtimes } from "../src/index.ts";
import { compact } from "./support/compact.ts";
import { cut, decode, readFixtures, type Fixture } from "./support/fixtures.ts";

describe.each(runtimes)("%s fixtures", (runtime) => {
  const fixtures = readFixtures(runtime);

  it.each(fixtures)("decodes $name the same at every chunk size", { timeout: 60_000 }, (fixture) => {
    const whole = JSON.stringify(decode(fixture));
    for (let size = 1; size <= fixture.stdout.length + 1; size++) {
      expect(JSON.stringify(decode(fixture, size)) === whole, `in chunks of ${size} bytes`).toBe(true);
    }
  });

  it.each(fixtures)("decodes $name the same as text that is cut inside characters", (fixture) => {
    const whole = JSON.stringify(decode(fixture));
    for (const size of [1, 2, 3, 7, 100]) {
      const decoder = createDecoder(runtime, fixture.options);
      const events = [
        ...cut(fixture.stdout.toString(), size).flatMap((chunk) => decoder.write(chunk)),
        ...cut(fixture.stderr.toString(), size).flatMap((chunk) => decoder.write(chunk, "stderr")),
        ...decoder.end(fixture.end),
      ];
      expect(JSON.stringify(events) === whole, `in chunks of ${size} characters`).toBe(true);
    }
  });

  it.each(fixtures)("makes valid agent events of $name, the last one and no other a result", (fixture) => {
    const events = decode(fixture);
    for (const event of events) expect(agentEventSchema.parse(event)).toStrictEqual(event);
    expect(events.map(({ type }) => type).lastIndexOf("result")).toBe(events.length - 1);
    expect(events.filter(({ type }) => type === "result")).toHaveLength(1);
  });

  it.each(fixtures)("gives every tool result of $name its call, before it", (fixture) => {
    const calls = new Set<string>();
    for (const event of decode(fixture)) {
      if (event.type === "tool_call") calls.add(event.id);
      if (event.type === "tool_result") expect(calls).toContain(event.id);
    }
  });

  it("decodes what the snapshot shows", async () => {
    const text = fixtures.map((fixture) => section(fixture, decode(fixture).map(compact))).join("\n");
    await expect(text).toMatchFileSnapshot(`__snapshots__/${runtime}.events.txt`);
  });
});

function section(fixture: Fixture, lines: readonly string[]): string {
  return [`=== ${fixture.name}: ${fixture.note}`, ...lines, ""].join("\n");
}
