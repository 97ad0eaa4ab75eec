import { expect, it } from "vitest";
import { paintMarkdown } from "./paint-markdown.ts";
import { render } from "./render.ts";
import { createTheme } from "./theme.ts";

const names = { 1: "bold", 2: "dim", 22: "/", 36: "code", 39: "/" } as const;
/** The styles as words in brackets. */
const toWords = (line: string) =>
  line.replaceAll(/\x1b\[(\d+)m/g, (_, code: string) => `<${names[Number(code) as keyof typeof names]}>`);
const painted = (text: string) => paintMarkdown(text.split("\n"), createTheme({ color: true })).map(toWords);

it.each([
  ["# Title `x`", "<bold># Title `x`</>"],
  ["#hashtag", "#hashtag"],
  ["a **bold** word and `some code`.", "a <bold>**bold**</> word and <code>`some code`</>."],
  ["**`both`**", "<bold>**`both`**</>"],
  ["2 ** 3 ** 4, **open, `open", "2 ** 3 ** 4, **open, `open"],
  ["```one line``` of code", "``<code>`one line`</>`` of code"],
  ["", ""],
])("styles %j", (text, styled) => {
  expect(painted(text)).toEqual([styled]);
});

it("dims fenced code, in which nothing else is a mark", () => {
  expect(painted("a\n```ts\n# **x**\n~~~\n``` no end\n````\n**b**")).toEqual([
    "a",
    "<dim>```ts</>",
    "<dim># **x**</>",
    "<dim>~~~</>",
    "<dim>``` no end</>",
    "<dim>````</>",
    "<bold>**b**</>",
  ]);
  expect(painted("~~~\n```\n`x`")).toEqual(["<dim>~~~</>", "<dim>```</>", "<dim>`x`</>"]);
});

it("leaves messages without colours as they are", () => {
  const text = "# a\n**b** `c`";
  const message = { type: "message", role: "assistant", text, delta: false } as const;
  expect(render(message)).toEqual(text.split("\n"));
  expect(render(message, { color: true }).map(toWords)).toEqual(["<bold># a</>", "<bold>**b**</> <code>`c`</>"]);
});

it.each(["`", "*", "**a", "` ", "~", " #"])("is quick with a long line of %j", (marks) => {
  const line = marks.repeat(100_000);
  expect(
    painted(line)
      .join("")
      .replaceAll(/<\/?\w*>/g, ""),
  ).toBe(line);
});
