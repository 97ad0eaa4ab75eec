import { expect, test } from "vitest";
import { renderFields, renderTable } from "./table.ts";
import { createTheme } from "./theme.ts";

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

test("writes escape sequences only when colours are on, and they take no width", () => {
  const bold = createTheme(true);
  const table = renderTable([{ id: "a", name: "b" }], [{ ...columns[0]!, style: bold.cyan }, columns[1]!], {
    theme: bold,
    width: 80,
  });
  expect(table.split("\n")[1]).toBe("\u001b[36ma \u001b[39m  b");
});

test("text from elsewhere cannot drive the terminal", () => {
  const rows = [{ id: "x\u001b]0;title\u0007", name: "n" }];
  expect(renderTable(rows, columns, { theme: plain, width: 80 })).not.toContain("\u001b");
});
