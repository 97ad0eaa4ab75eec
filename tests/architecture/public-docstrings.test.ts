import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import ts from "typescript";
import { expect, onTestFinished, test } from "vitest";
import { readWorkspaces, repositoryRoot } from "./workspace.ts";

/** The source files of the entries of every published package, as `package.json` lists them. */
function publicEntries(): string[] {
  return readWorkspaces(repositoryRoot)
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap(({ manifest, folder }) => sourcesOf(manifest.exports).map((path) => join(folder, path)));
}

function sourcesOf(target: unknown): string[] {
  if (typeof target !== "object" || target === null) return [];
  return Object.entries(target).flatMap(([key, value]) =>
    key === "@aod/source" && typeof value === "string" ? [value] : sourcesOf(value),
  );
}

/** The public names of these files, and the members of their classes and interfaces, that have no docstring. */
function undocumented(entries: readonly string[]): string[] {
  const program = ts.createProgram([...new Set(entries)], {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    customConditions: ["@aod/source"],
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const found = new Set<string>();
  for (const entry of entries) {
    const file = program.getSourceFile(entry);
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entry} is no module.`);
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const [declaration] = symbol.declarations ?? [];
      if (declaration === undefined || isForeign(declaration)) continue;
      const place = `${relative(repositoryRoot, declaration.getSourceFile().fileName)}: ${exported.name}`;
      if (!symbol.declarations?.some(hasDocstring)) found.add(place);
      for (const member of symbol.declarations?.flatMap(membersOf) ?? []) {
        if (!hasDocstring(member)) found.add(`${place}.${member.name?.getText() ?? "constructor"}`);
      }
    }
  }
  return [...found].sort();
}

function isForeign(declaration: ts.Declaration): boolean {
  return declaration.getSourceFile().fileName.includes("/node_modules/");
}

/** Methods, and the fields of classes. A field of an interface may be said by its name and type alone. */
function membersOf(declaration: ts.Declaration): (ts.ClassElement | ts.TypeElement)[] {
  if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) return [];
  return [...declaration.members].filter((member) => {
    // What overrides or narrows an inherited member is described where that is declared.
    const { Private, Protected, Override, Ambient } = ts.ModifierFlags;
    const isHidden = ts.getCombinedModifierFlags(member) & (Private | Protected | Override | Ambient);
    if (isHidden || (member.name && ts.isPrivateIdentifier(member.name))) return false;
    return (
      ts.isMethodDeclaration(member) ||
      ts.isMethodSignature(member) ||
      ts.isGetAccessor(member) ||
      ts.isPropertyDeclaration(member)
    );
  });
}

/** `const a = ...` has its docstring on the statement. */
function hasDocstring(declaration: ts.Declaration): boolean {
  return ts.getJSDocCommentsAndTags(declaration).length > 0;
}

test("every public name of a published package, and every method of it, has a docstring", () => {
  const entries = publicEntries();
  expect(entries.length).toBeGreaterThan(8);
  expect(undocumented(entries)).toEqual([]);
});

test("a name and a method without a docstring are found", () => {
  const folder = mkdtempSync(join(tmpdir(), "aod-docstrings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const entry = join(folder, "index.ts");
  writeFileSync(
    entry,
    `/** Said. */
    export class A { readonly field = 1;
      /** Said. */
      said() {} private hidden() {} #hidden = 2; unsaid() {} }
    export const b = 1;
    /** Said. */
    export const c = 1;
    export type { D } from "./d.ts";`,
  );
  writeFileSync(join(folder, "d.ts"), "export interface D { field: string; unsaid(): void }");
  const place = (name: string) => relative(repositoryRoot, join(folder, name));
  expect(undocumented([entry])).toEqual(
    [
      `${place("index.ts")}: A.field`,
      `${place("index.ts")}: A.unsaid`,
      `${place("index.ts")}: b`,
      `${place("d.ts")}: D`,
      `${place("d.ts")}: D.unsaid`,
    ].sort(),
  );
});
