import { expect, test } from "vitest";
import { renderFields, renderTable } from "./table.ts";
import { displayWidth, toLine, truncate } from "./text.ts";
import { createTheme, wantsColor } from "./theme.ts";
import { renderAge, renderDuration } from "./time.ts";

const plain = createTheme(false);
const columns = [
  { title: "ID", value: ({ id }: { id: string }) => id },
  { title: "NAME", value: ({ name }: { name: string }) => name },
];

test("aligns columns and leaves no space at the end of a line", () => {
  const rows = [
    { id: "a", name: "first" },
    { id: "long", name: "" },
  ];
  expect(renderTable(rows, columns, { theme: plain, width: 80 })).toBe("ID    NAME\na     first\nlong\n");
});

test("cuts the last column to the terminal's width, never elsewhere", () => {
  const rows = [{ id: "abc", name: "0123456789abcdef" }];
  expect(renderTable(rows, columns, { theme: plain, width: 15 })).toBe("ID   NAME\nabc  012345678…\n");
  expect(renderTable(rows, columns, { theme: plain, width: Infinity })).toContain("0123456789abcdef");
});

test("counts wide characters as two columns", () => {
  expect(displayWidth("日本 ✅ é")).toBe(9);
  expect(truncate("日本語", 5)).toBe("日本…");
  expect(truncate("日本語", 4)).toBe("日…");
});

test("text from elsewhere cannot drive the terminal", () => {
  expect(toLine("a\u001b[2Jb\r\nc\u009bd")).toBe("a [2Jb c d");
  const rows = [{ id: "x\u001b]0;title\u0007", name: "n" }];
  expect(renderTable(rows, columns, { theme: plain, width: 80 })).not.toContain("\u001b");
});

test("leaves out fields without a value", () => {
  expect(
    renderFields(
      [
        ["id", "1"],
        ["name", null],
        ["longer", "2"],
      ],
      plain,
    ),
  ).toBe("id      1\nlonger  2\n");
});

test("takes from the widest columns on a terminal that is too narrow, and no line wraps", () => {
  const wide = [
    { title: "SESSION", value: () => "50000000-0000-4000-8000-000000000001" },
    { title: "STATUS", value: () => "completed" },
    { title: "AGENT", value: () => "reviewer of changes" },
  ];
  expect(renderTable([{}], wide, { theme: plain, width: 40 })).toBe(
    "SESSION              STATUS     AGENT\n50000000-0000-4000…  completed  reviewe…\n",
  );
});

test("writes escape sequences only when colours are on, and they take no width", () => {
  const bold = createTheme(true);
  const table = renderTable([{ id: "a", name: "b" }], [{ ...columns[0]!, style: bold.cyan }, columns[1]!], {
    theme: bold,
    width: 80,
  });
  expect(table.split("\n")[1]).toBe("\u001b[36ma \u001b[39m  b");
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [true, { TERM: "dumb" }, false],
  [false, { FORCE_COLOR: "1" }, true],
  [true, { FORCE_COLOR: "0" }, false],
  [true, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
])("terminal %s with %j has colours: %s", (isTerminal, env, expected) => {
  expect(wantsColor(isTerminal, env)).toBe(expected);
});

test.each([
  ["2026-11-23T12:00:00Z", "now"],
  ["2026-11-23T12:00:05Z", "now"],
  ["2026-11-23T11:59:58Z", "2s ago"],
  ["2026-11-23T11:00:01Z", "59m ago"],
  ["2026-11-22T12:00:00Z", "1d ago"],
])("the age of %s is %s", (time, expected) => {
  expect(renderAge(time, new Date("2026-11-23T12:00:00Z"))).toBe(expected);
});

test("durations are in minutes from one minute on", () => {
  expect(renderDuration("2026-11-23T12:00:00Z", "2026-11-23T12:00:09Z")).toBe("9s");
  expect(renderDuration("2026-11-23T12:00:00Z", "2026-11-23T12:02:03Z")).toBe("2m 03s");
});
