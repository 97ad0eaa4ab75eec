import { describe, expect, it } from "vitest";
import { createPrinter, runtimes, type Printer } from "../src/index.ts";
import { cut, readFixtures, type Fixture } from "./support/fixtures.ts";

const width = 100;
/** Of each runtime one turn that goes well and one that does not: the sentences are the same as with pictures. */
const plainFixtures = /^(?:(?:bash|exec|shell)-write|error-401)$/;

describe.each(runtimes)("%s printed", (runtime) => {
  const fixtures = readFixtures(runtime);

  it("reads as the snapshot shows", async () => {
    const text = fixtures.map((fixture) => section(fixture, print(fixture))).join("\n");
    await expect(text).toMatchFileSnapshot(`__snapshots__/${runtime}.printed.txt`);
  });

  it("reads without pictures as the snapshot shows", async () => {
    const chosen = fixtures.filter(({ name }) => plainFixtures.test(name));
    const text = chosen.map((fixture) => {
      const theme = { width, emoji: false };
      return section(fixture, print(fixture, Infinity, createPrinter({ runtime, theme, ...fixture.options })));
    });
    await expect(text.join("\n")).toMatchFileSnapshot(`__snapshots__/${runtime}.plain.txt`);
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

function section({ name, note }: Fixture, text: string): string {
  return `=== ${name}: ${note}\n${text}`;
}

function printerOf({ runtime, options }: Fixture): Printer {
  return createPrinter({ runtime, theme: { width }, ...options });
}
