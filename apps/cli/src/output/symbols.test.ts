import { expect, test } from "vitest";
import { chooseSymbols } from "./symbols.ts";

test.each([
  [{}, "✓"],
  [{ LANG: "C.UTF-8" }, "✓"],
  [{ LANG: "C" }, "+"],
  [{ LANG: "de_DE.UTF-8", LC_ALL: "POSIX" }, "+"],
  [{ LANG: "C.UTF-8", TERM: "linux" }, "+"],
])("with %j something done is %s", (env, sign) => {
  expect(chooseSymbols(env).done).toBe(sign);
});
