import { describe, expect, it } from "vitest";
import { createPrinter, type Printer } from "../src/index.ts";
import { cut, readFixtures, runtimes, type Fixture } from "./support/fixtures.ts";

const width = 100;

describe.each(runtimes)("%s printed", (runtime) => {
  const fixtures = readFixtures(runtime);

  it("reads as the snapshot shows", async () => {
    const text = fixtures.map((fixture) => `=== ${fixture.name}: ${fixture.note}\n${print(fixture)}`).join("\n");
    await expect(text).toMatchFileSnapshot(`__snapshots__/${runtime}.printed.txt`);
  });

  it.each(fixtures)("prints $name the same however it is cut", (fixture) => {
    const whole = print(fixture);
    for (const size of [1, 2, 3, 5, 17, 100, 4096]) expect(print(fixture, size), `${size} bytes`).toBe(whole);
  });

  it.each(fixtures)("prints $name in colour as without, but for the colours", (fixture) => {
    const plain = print(fixture);

    const colors = /\x1b\[\d+m/g;
    const colored = print(
      fixture,
      Infinity,
      createPrinter({ runtime, theme: { width, color: true }, ...fixture.options }),
    );
    expect(colored.replaceAll(colors, "")).toBe(plain);
    expect(colored).toMatch(colors);
  });

  it.each(fixtures)("ends $name in a line break", (fixture) => {
    expect(print(fixture)).toMatch(/[^\n]\n$/);
  });
});

function print(fixture: Fixture, size = Infinity, printer: Printer = printerOf(fixture)): string {
  // Programs write to stderr before they end; what they print last is their result.
  return [
    ...cut(fixture.stderr, size).map((chunk) => printer.write(chunk, "stderr")),
    ...cut(fixture.stdout, size).map((chunk) => printer.write(chunk)),
    printer.end(fixture.end),
  ].join("");
}

function printerOf({ runtime, options }: Fixture): Printer {
  return createPrinter({ runtime, theme: { width }, ...options });
}
