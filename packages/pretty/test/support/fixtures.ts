import { readFileSync } from "node:fs";
import type { AgentEvent, AgentUsage } from "@aod/core";
import { createDecoder, type DecoderOptions, type ProgramEnd } from "../../src/index.ts";

const folder = new URL("../../src/__fixtures__/", import.meta.url);

interface IndexEntry {
  readonly file: string;
  readonly note: string;
  readonly turn?: number;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly sent?: { readonly signal: string };
  readonly stderr: string;
}

/** What a real program printed in one turn, and how it ended. */
export interface Fixture {
  readonly runtime: string;
  readonly name: string;
  readonly note: string;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly end: ProgramEnd;
  readonly options: DecoderOptions;
}

export function readFixtures(runtime: string): Fixture[] {
  const index = JSON.parse(readFileSync(new URL(`${runtime}/index.json`, folder), "utf8")) as {
    fixtures: IndexEntry[];
  };
  let usageBefore: AgentUsage = {};
  return index.fixtures.map((entry) => {
    if ((entry.turn ?? 1) === 1) usageBefore = {};
    const fixture: Fixture = {
      runtime,
      name: entry.file.replace(/\.jsonl$/, ""),
      note: entry.note,
      stdout: readFileSync(new URL(`${runtime}/${entry.file}`, folder)),
      stderr: Buffer.from(entry.stderr),
      end: { exitCode: entry.exit_code, interrupted: entry.sent !== undefined },
      options: { usageBefore },
    };
    const result = decode(fixture).at(-1);
    if (result?.type === "result") usageBefore = result.thread_usage ?? usageBefore;
    return fixture;
  });
}

/** The agent events of the fixture, fed in pieces of so many bytes. */
export function decode(fixture: Fixture, chunkSize = Infinity): AgentEvent[] {
  const decoder = createDecoder(fixture.runtime, fixture.options);
  return [
    ...cut(fixture.stdout, chunkSize).flatMap((chunk) => decoder.write(chunk)),
    ...cut(fixture.stderr, chunkSize).flatMap((chunk) => decoder.write(chunk, "stderr")),
    ...decoder.end(fixture.end),
  ];
}

export function cut<Sequence extends Buffer | string>(whole: Sequence, size: number): Sequence[] {
  if (size >= whole.length) return [whole];
  const chunks: Sequence[] = [];
  for (let start = 0; start < whole.length; start += size) {
    const end = start + size;
    chunks.push((typeof whole === "string" ? whole.slice(start, end) : whole.subarray(start, end)) as Sequence);
  }
  return chunks;
}
