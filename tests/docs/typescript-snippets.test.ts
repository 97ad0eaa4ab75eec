import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { readMarkdown, snippetsOf } from "./markdown.ts";
import type { Snippet } from "./markdown.ts";

// Snippets are checked as if they stood here, where every package of the repository can be imported by its name.
const folder = import.meta.dirname;

function compilerOptions(): ts.CompilerOptions {
  const path = join(folder, "..", "tsconfig.json");
  const read = ts.readConfigFile(path, (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent(
    read.config,
    { ...ts.sys, readDirectory: () => [] },
    join(folder, ".."),
  );
  return { ...options, noEmit: true };
}

/** Compiler messages for snippets, as `file:line message`. All of them share one program: types are loaded once. */
function typeErrors(snippets: readonly Snippet[]): string[] {
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const virtual = new Map(snippets.map((snippet, index) => [join(folder, `snippet-${index}.ts`), snippet]));
  const fileExists = host.fileExists.bind(host);
  const readFile = host.readFile.bind(host);
  host.fileExists = (path) => virtual.has(path) || fileExists(path);
  // An export makes it a module, so that two snippets may use one name.
  host.readFile = (path) => {
    const snippet = virtual.get(path);
    return snippet ? `${snippet.code}\nexport {};\n` : readFile(path);
  };
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, language, ...rest) => {
    const text = virtual.has(path) ? host.readFile(path) : undefined;
    return text === undefined
      ? getSourceFile(path, language, ...rest)
      : ts.createSourceFile(path, text, language, true);
  };
  const program = ts.createProgram({ rootNames: [...virtual.keys()], options, host });
  return [...virtual].flatMap(([path, snippet]) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
      const { line } = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0) ?? { line: 0 };
      return `${snippet.path}:${snippet.line + line} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`;
    });
  });
}

test("every TypeScript snippet of the docs compiles [D1]", () => {
  const snippets = readMarkdown()
    .flatMap(snippetsOf)
    .filter(({ language }) => language === "ts");
  expect(snippets.map(({ path }) => path)).toContain("README.md");
  // The planted mistake shows that mistakes are found; one program for all, because loading the types takes seconds.
  const planted = {
    path: "x.md",
    line: 10,
    language: "ts",
    code: "const a = 1;\nconst b: string = a;\nconsole.log(b);",
  };
  expect(typeErrors([...snippets, planted])).toEqual(["x.md:11 Type 'number' is not assignable to type 'string'."]);
});

test("no snippet uses another name for TypeScript, which would hide it from the check", () => {
  const others = readMarkdown()
    .flatMap(snippetsOf)
    .filter(({ language }) => ["typescript", "js", "javascript", "mjs", "tsx"].includes(language));
  expect(others.map(({ path, line }) => `${path}:${line}`)).toEqual([]);
});
