import { readFileSync } from "node:fs";
import { createDecoder, createEventPrinter, createTheme } from "@aod/pretty";
import { median, toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";
import { measureHoards, measureMemory } from "./pretty-memory.ts";

const runtimes = ["claude", "codex", "gemini", "opencode", "qwen", "pi", "copilot", "droid", "kilo"] as const;
const turnBytes = 1_000_000;
const chunkBytes = 65_536;
const repeats = 16;
const rounds = 5;

/** Everything that one runtime's fixtures hold, again and again, as one long turn. */
interface Turn {
  readonly runtime: string;
  readonly bytes: number;
  /** As a pipe delivers it. */
  readonly chunks: readonly Buffer[];
  readonly lines: readonly string[];
}

function readTurn(runtime: string, size: number): Turn {
  const folder = new URL(`../../packages/pretty/src/__fixtures__/${runtime}/`, import.meta.url);
  const index = JSON.parse(readFileSync(new URL("index.json", folder), "utf8")) as { fixtures: { file: string }[] };
  const once = Buffer.concat(index.fixtures.map(({ file }) => readFileSync(new URL(file, folder))));
  const whole = Buffer.concat(Array.from({ length: Math.ceil(size / once.length) }, () => once));
  return {
    runtime,
    bytes: whole.length,
    chunks: Array.from({ length: Math.ceil(whole.length / chunkBytes) }, (_, i) =>
      whole.subarray(i * chunkBytes, (i + 1) * chunkBytes),
    ),
    lines: whole.toString().split("\n").filter(Boolean),
  };
}

/** Reads a turn; returns a number that depends on all of it, so that nothing can be left out. */
type Reader = (turn: Turn) => number;

const theme = createTheme({ color: true, width: 80 });

const readers = {
  /** The lines are already there. */
  parse: ({ lines }) => {
    let count = 0;
    for (const line of lines) count += typeof JSON.parse(line) === "object" ? 1 : 0;
    return count;
  },
  /** What everybody has to do with the bytes. */
  split: ({ chunks }) => {
    let count = 0;
    let rest = "";
    const decoder = new TextDecoder();
    for (const chunk of chunks) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) count += typeof JSON.parse(line) === "object" ? 1 : 0;
    }
    return count;
  },
  decode: ({ runtime, chunks }) => {
    const decoder = createDecoder(runtime);
    let count = 0;
    for (const chunk of chunks) count += decoder.write(chunk).length;
    return count + decoder.end({ exitCode: 0 }).length;
  },
  render: ({ runtime, chunks }) => {
    const decoder = createDecoder(runtime);
    const printer = createEventPrinter(theme);
    let length = 0;
    for (const chunk of chunks) for (const event of decoder.write(chunk)) length += printer.write(event).length;
    for (const event of decoder.end({ exitCode: 0 })) length += printer.write(event).length;
    return length + printer.end().length;
  },
} satisfies Record<string, Reader>;

const names = ["parse", "split", "decode", "render"] as const;

/** MB of output per second of processor time of each reader: the median of rounds in which they take turns. */
function measure(turns: readonly Turn[]): Record<keyof typeof readers, number> {
  const bytes = turns.reduce((sum, turn) => sum + turn.bytes, 0);
  const rates: Record<keyof typeof readers, number[]> = { parse: [], split: [], decode: [], render: [] };
  // The first rounds warm up and are not counted.
  for (let round = -2; round < rounds; round++) {
    for (const name of names) {
      const read = readers[name];
      // Without a forced collection: it throws away what the engine has learnt of the code.
      const begin = process.cpuUsage();
      let total = 0;
      for (let repeat = 0; repeat < repeats; repeat++) for (const turn of turns) total += read(turn);
      const { user, system } = process.cpuUsage(begin);
      if (total < repeats * turns.length) throw new Error(`${name} read too little.`);
      if (round >= 0) rates[name].push((bytes * repeats) / (user + system));
    }
  }
  const [parse = NaN, split = NaN, decode = NaN, render = NaN] = names.map((name) => median(rates[name]));
  return { parse, split, decode, render };
}

/** The recorded output of each runtime, from bytes to agent events, and from bytes to what is printed. */
export function run(): Promise<Figure[]> {
  const inputs = new Map([
    ["all runtimes", runtimes.map((runtime) => readTurn(runtime, turnBytes / runtimes.length))],
    ...runtimes.slice(0, 4).map((runtime) => [runtime, [readTurn(runtime, turnBytes)]] as [string, Turn[]]),
  ]);
  const figures = Array.from(inputs, ([name, turns]) => {
    const rates = measure(turns);
    const line = (what: string, ours: number) => [
      toFigure({
        bench: "pretty",
        metric: `${what}, ${name}, MB/s`,
        ours,
        theirs: rates.split,
        peer: "lines and JSON.parse",
        aim: { of: "ratio", atLeast: 0.6 },
      }),
      toFigure({
        bench: "pretty",
        metric: `${what}, ${name}, MB/s`,
        ours,
        theirs: rates.parse,
        peer: "JSON.parse alone",
        aim: { of: "ratio", atLeast: 0.6 },
      }),
    ];
    return [...line("decode", rates.decode), ...line("decode and render", rates.render)];
  });
  return Promise.resolve([...figures.flat(), measureMemory(), ...measureHoards()]);
}
