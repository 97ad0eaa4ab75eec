import { createPrinter } from "@aod/pretty";
import { toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";

const totalBytes = 500_000_000;
const warmUpBytes = 50_000_000;
const chunkBytes = 65_536;

/** An endless turn of claude: messages in pieces and whole, calls of tools, results, and lines that are no JSON. */
function* endlessTurn(): Generator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for (let number = 1; ; number++) {
    rest = Buffer.concat([rest, Buffer.from(stepLines(number))]);
    while (rest.length >= chunkBytes) {
      yield rest.subarray(0, chunkBytes);
      rest = rest.subarray(chunkBytes);
    }
  }
}

function stepLines(number: number): string {
  const [id, call] = [`msg_${number}`, `toolu_${number}`];
  const text = `Step ${number} — Grüße 🌍. `.repeat(40);
  const piece = (part: string) => ({
    type: "stream_event",
    event: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: part } },
  });
  const assistant = (block: object) => ({ type: "assistant", message: { id, content: [block] } });
  const output = `line of output ${number}\n`.repeat(400);
  const messages = [
    { type: "stream_event", event: { type: "message_start", message: { id } } },
    piece(text.slice(0, 100)),
    piece(text.slice(100)),
    assistant({ type: "text", text }),
    assistant({ type: "tool_use", id: call, name: "Bash", input: { command: `run ${number}` } }),
    // Every tenth never gets its result.
    ...(number % 10 === 0
      ? []
      : [{ type: "user", message: { content: [{ type: "tool_result", tool_use_id: call, content: output }] } }]),
    { type: "result", subtype: "success", is_error: false, result: text, num_turns: 1, duration_ms: 10 },
  ];
  return [...messages.map((message) => JSON.stringify(message)), `not JSON ${number}`, ""].join("\n");
}

/** How much of the heap a turn of 500 MB needs at its end, beside after its first tenth. */
export function measureMemory(): Figure {
  const printer = createPrinter({ runtime: "claude" });
  let [read, printed] = [0, 0];
  let before: number | undefined;
  for (const chunk of endlessTurn()) {
    printed += printer.write(chunk).length;
    read += chunk.length;
    if (before === undefined && read >= warmUpBytes) before = usedMegabytes();
    if (read >= totalBytes) break;
  }
  const after = usedMegabytes();
  printed += printer.end({ exitCode: 0 }).length;
  if (printed < totalBytes / 100) throw new Error(`Printed only ${printed} characters.`);
  return toFigure({
    bench: "pretty",
    metric: "heap in use after 500 MB of one turn, MB",
    ours: after,
    theirs: before ?? NaN,
    peer: "itself after 50 MB",
    aim: { of: "difference", atMost: 2 },
  });
}

const call = (number: number) => ({
  type: "tool_use",
  tool_name: "run_shell_command",
  tool_id: `call_${number}`,
  parameters: { command: `run ${number}` },
});
const piece = () => ({ type: "message", role: "assistant", content: "w", delta: true });

/** What could add up in a turn: a million of each, and text that never becomes a line. */
const hoards: readonly [what: string, count: number, toText: (number: number) => string][] = [
  ["1,000,000 calls without a result", 1_000_000, (number) => `${JSON.stringify(call(number))}\n`],
  ["1,000,000 pieces of a message", 1_000_000, () => `${JSON.stringify(piece())}\n`],
  ["10 MB of a line without an end", 1_000, () => "x".repeat(10_000)],
];

/** How much the heap grows by things of which the turn may have any number; the last one has to be kept: it is the line. */
export function measureHoards(): Figure[] {
  return hoards.map(([what, count, toText]) => {
    const before = usedMegabytes();
    const printer = createPrinter({ runtime: "gemini" });
    let printed = 0;
    for (let number = 0; number < count; number++) printed += printer.write(toText(number)).length;
    const grown = usedMegabytes() - before;
    printed += printer.end({ exitCode: 0 }).length;
    if (printed < count) throw new Error(`Printed only ${printed} characters.`);
    const metric = `heap grown by ${what}, MB`;
    return toFigure({ bench: "pretty", metric, ours: grown, aim: { of: "ours", atMost: 12 } });
  });
}

function usedMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1_000_000;
}
