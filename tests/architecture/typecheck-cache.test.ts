// What turbo skips because nothing changed must be what cannot have changed.
import { relative } from "node:path";
import { expect, test } from "vitest";
import { runTurbo } from "../support/turbo.ts";
import { readWorkspaces, repositoryRoot } from "./workspace.ts";

interface Plan {
  readonly globalCacheInputs: { readonly files: Readonly<Record<string, string>> };
  readonly tasks: readonly {
    readonly package: string;
    readonly inputs: Readonly<Record<string, string>>;
    readonly dependencies: readonly string[];
  }[];
}

test("a change of any file, or of a workspace below, is type-checked again", async () => {
  const plan = JSON.parse(await runTurbo("run", "typecheck", "--dry=json")) as Plan;
  expect(Object.keys(plan.globalCacheInputs.files)).toContain("tooling/config/tsconfig.base.json");
  const workspaces = readWorkspaces(repositoryRoot);
  const names = new Set(workspaces.map(({ manifest }) => manifest.name));
  for (const { manifest, folder, files } of workspaces) {
    const task = plan.tasks.find((one) => one.package === manifest.name);
    expect(Object.keys(task?.inputs ?? {}), manifest.name).toEqual(
      expect.arrayContaining(["package.json", ...files.map((file) => relative(folder, file))]),
    );
    const below = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) =>
      names.has(name),
    );
    expect(task?.dependencies, manifest.name).toEqual(expect.arrayContaining(below.map((name) => `${name}#typecheck`)));
  }
});
