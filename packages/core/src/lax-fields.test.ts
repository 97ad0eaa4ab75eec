import { describe, expect, test } from "vitest";
import { integerField, textField } from "./lax-fields.ts";
import { pythonRepr } from "./python-repr.ts";

describe("whole numbers", () => {
  const field = integerField();
  const read = [
    [1, 1],
    [-3, -3],
    [120.0, 120],
    ["120", 120],
    ["120.0", 120],
    ["7.", 7],
    [" +1_000 ", 1000],
    ["-5", -5],
    [true, 1],
    [false, 0],
  ] as const;
  test.each(read)("%j is %i", (value, expected) => {
    expect(field.parse(value)).toBe(expected);
  });

  const refused = [
    [undefined, "missing"],
    [null, "int_type"],
    [[], "int_type"],
    [{}, "int_type"],
    [1.5, "int_from_float"],
    [Infinity, "int_from_float"],
    ["", "int_parsing"],
    ["x", "int_parsing"],
    ["1.5", "int_parsing"],
    ["1e3", "int_parsing"],
    ["0x10", "int_parsing"],
    ["1__0", "int_parsing"],
    ["1 0", "int_parsing"],
  ] as const;
  test.each(refused)("%j is refused as %s", (value, type) => {
    expect(field.safeParse(value).error?.issues).toMatchObject([{ params: { type } }]);
  });
});

test("text is measured in characters, not in code units", () => {
  const field = textField({ max: 3 });
  expect(field.safeParse("🙂🙂🙂").success).toBe(true);
  expect(field.safeParse("🙂🙂🙂x").error?.issues[0]?.message).toBe("String should have at most 3 characters");
  expect(field.safeParse(5).error?.issues[0]?.message).toBe("Input should be a valid string");
  expect(field.safeParse(undefined).error?.issues[0]?.message).toBe("Field required");
});

describe("pythonRepr", () => {
  const cases = [
    ["x", "'x'"],
    ["it's", `"it's"`],
    [`it's "x"`, `'it\\'s "x"'`],
    ["a\n\t\\\u0007\u00a0é🙂\u200b", "'a\\n\\t\\\\\\x07\\xa0é🙂\\u200b'"],
    [5, "5"],
    [1.5, "1.5"],
    [true, "True"],
    [null, "None"],
    [["a", 1], "['a', 1]"],
    [{ a: [false] }, "{'a': [False]}"],
  ] as const;
  test.each(cases)("%j", (value, expected) => {
    expect(pythonRepr(value)).toBe(expected);
  });
});
