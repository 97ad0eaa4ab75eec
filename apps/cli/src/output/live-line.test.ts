import { screenOf } from "@aod/testing/terminal";
import { expect, test } from "vitest";
import { CapturedWriter } from "../../test/support/run-command.ts";
import { LiveLine } from "./live-line.ts";
import { chooseSymbols } from "./symbols.ts";
import { createTheme } from "./theme.ts";

function createLine(isTerminal: boolean) {
  const writer = new CapturedWriter(isTerminal);
  const options = { enabled: true, theme: createTheme(false), symbols: chooseSymbols({}), now: () => new Date(0) };
  return { writer, line: new LiveLine({ writer, ...options }) };
}

test("text takes the place of a key that the terminal shows at the start of a line", async () => {
  const { writer, line } = createLine(true);
  await line.write(writer, "step 4\n");
  await writer.write("^C");
  await line.write(writer, "step 5\n");
  await writer.write("^C");
  line[Symbol.dispose]();
  expect(screenOf(writer.text)).toBe("step 4\nstep 5\n");
});

test("text goes on where a line is not at its end", async () => {
  const { writer, line } = createLine(true);
  line.set("at work");
  await line.write(writer, "half");
  await line.write(writer, " and half");
  await line.finishLine();
  line[Symbol.dispose]();
  expect(screenOf(writer.text)).toBe("half and half\n");
});

test("draws and erases nothing where there is no terminal", async () => {
  const { writer, line } = createLine(false);
  line.set("at work");
  await line.write(writer, "text\n");
  line[Symbol.dispose]();
  expect(writer.text).toBe("text\n");
});
