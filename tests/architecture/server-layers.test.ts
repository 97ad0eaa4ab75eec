import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exceptions, findLayerViolations } from "./server-layers.ts";
import { repositoryRoot } from "./workspace.ts";

test("every import inside the server points down, but for those that are named [P1]", () => {
  expect([...new Set(findLayerViolations(repositoryRoot))].sort()).toEqual(Object.keys(exceptions).sort());
});

test("an import that points up is found, in a type as well", () => {
  const root = mkdtempSync(join(tmpdir(), "aod-layers-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const files = {
    "package.json": `{"name":"@aod/server"}`,
    "src/domain/rule.ts": `import type { Row } from "../store/schema.ts"; import { readEnv } from "../env.ts";`,
    "src/store/schema.ts": `import type { Rule } from "../domain/rule.ts";`,
    "src/operations/use.ts": `import "../faces/agents/routes.ts"; import "../store/schema.ts"; import "../app.ts";`,
    "src/surprise/new.ts": `import "../domain/rule.ts";`,
    "src/app.ts": `import "./operations/use.ts";`,
  };
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, "apps/server", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(findLayerViolations(root)).toEqual([
    "domain/rule.ts -> store/schema.ts",
    "domain/rule.ts -> env.ts",
    "operations/use.ts -> faces/agents/routes.ts",
    "operations/use.ts -> app.ts",
    "surprise/new.ts -> domain/rule.ts",
  ]);
});
