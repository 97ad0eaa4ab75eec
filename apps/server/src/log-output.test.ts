import { expect, test } from "vitest";
import { LogOutput } from "./log-output.ts";

const report = (dropped: number) => expect.stringContaining(`"dropped":${String(dropped)},`) as string;

test("drops lines while they cannot be written, and says how many when they can again", () => {
  const written: string[] = [];
  let isFull = false;
  const output = new LogOutput((line) => {
    if (isFull) throw new Error("no space left on device");
    written.push(line);
  });
  output.write("a\n");
  isFull = true;
  for (const line of ["b\n", "c\n", "d\n"]) output.write(line);
  isFull = false;
  output.write("e\n");
  output.write("f\n");
  expect(written).toEqual(["a\n", report(3), "e\n", "f\n"]);
});

test("keeps no more than a limit for a reader that has stopped reading", () => {
  const written: string[] = [];
  let waiting = 0;
  const output = new LogOutput(
    (line) => {
      written.push(line);
      waiting += line.length;
    },
    () => waiting,
  );
  const line = `${"x".repeat(1_023)}\n`;
  for (let count = 0; count < 5_000; count += 1) output.write(line);
  expect(waiting).toBeLessThan(1024 * 1024 + 2 * line.length);
  const kept = written.length;
  waiting = 0;
  output.write("last\n");
  expect(written.slice(kept)).toEqual([report(5_000 - kept), "last\n"]);
});
