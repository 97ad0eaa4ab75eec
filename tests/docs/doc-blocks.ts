import { readMarkdown, snippetsOf } from "./markdown.ts";

/** What happens to one shell or Python block of the docs: a test runs it, or the reason why none can. */
type Fate = "run" | { readonly notRun: string };

const starts: Fate = { notRun: "starts a server in the foreground; the suites on the server's end and on tarballs do" };
const installs: Fate = { notRun: "installs from the npm registry; the packaging suite installs the tarballs" };

/** Every block, by page and heading, in order. A block that is not listed fails the tests: decide how it is run. */
const fates: Readonly<Record<string, readonly Fate[]>> = {
  "README.md#Try it": [{ notRun: "clones the repository; the demo has a test of its own" }, starts],
  "README.md#Your first agent in five minutes": ["run", "run", "run"],
  "README.md#Quickstart with curl": ["run", "run"],
  "README.md#Quickstart with Python": ["run"],
  "README.md#Proof that nothing is missing": ["run"],
  "CONTRIBUTING.md#Set up": [{ notRun: "runs the tests themselves" }],
  "CONTRIBUTING.md#Work": [{ notRun: "runs the tests themselves; `npm run dev` has a test of its own" }],
  "apps/cli/README.md#": [installs, { notRun: "each line is one of docs/cli.md or of its commands' tests" }],
  "apps/server/README.md#": [{ notRun: "installs and starts a server; the packaging suite does" }, "run"],
  "docs/agent-events.md#Where they are": ["run"],
  "docs/cli.md#": [installs],
  "docs/cli.md#A first look": ["run"],
  "docs/cli.md#Which server": [{ notRun: "asks for a key on a terminal; profiles have tests of their own" }],
  "docs/cli.md#Agents and environments in a file": ["run"],
  "docs/cli.md#For scripts": ["run"],
  "docs/cli.md#Completion": ["run"],
  "docs/quickstart.md#1. Start a server": [starts, { notRun: "sets what the tests set to their own server" }],
  "docs/quickstart.md#2. With curl": ["run", "run", "run"],
  "docs/quickstart.md#3. With TypeScript": [installs],
  "docs/quickstart.md#4. With Python": [
    { notRun: "installs from PyPI; the conformance suite does, in a folder of its own" },
    "run",
  ],
  "docs/quickstart.md#5. With the command line": ["run"],
  "docs/self-hosting.md#Accounts and keys": ["run"],
  "docs/self-hosting.md#Tokens of an identity provider": ["run"],
  "docs/self-hosting.md#Backup": [{ notRun: "copies the data directory of this machine's own server" }],
  "docs/self-hosting.md#More than one process": [
    { notRun: "needs a database on another machine; roles have tests of their own" },
  ],
  "docs/streaming.md#Resuming by hand": ["run"],
  "docs/streaming.md#Proof of completeness": ["run", "run", "run"],
};

const languages = ["sh", "bash", "python"];

/** Every shell and Python block of the docs by page and heading, in order; what a package's page says on installing it aside. */
export function readBlocks(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, text } of readMarkdown()) {
    // Made from the program itself, and checked against it.
    if (path.startsWith("docs/cli/")) continue;
    for (const [index, section] of text.split(/^## /m).entries()) {
      const heading = index === 0 ? "" : (section.split("\n", 1)[0] ?? "");
      const codes = snippetsOf({ path, text: section })
        .filter(({ language, code }) => languages.includes(language) && !/^npm install @aod\/\w+$/.test(code))
        .map(({ code }) => code);
      if (codes.length > 0) found.set(`${path}#${heading}`, codes);
    }
  }
  return found;
}

/** What is listed, but not so in the docs, and the other way round. */
export function unlistedBlocks(blocks: ReadonlyMap<string, readonly string[]>): string[] {
  const places = new Set([...blocks.keys(), ...Object.keys(fates)]);
  return [...places].flatMap((place) => {
    const [there, listed] = [blocks.get(place)?.length ?? 0, fates[place]?.length ?? 0];
    return there === listed ? [] : [`${place}: ${String(there)} blocks, ${String(listed)} listed`];
  });
}

/** Blocks that were taken to be run, by page and heading. */
const taken = new Set<string>();

/** The blocks of a section that tests run, in order. */
export function blocksToRun(place: string): string[] {
  taken.add(place);
  return (readBlocks().get(place) ?? []).filter((_, index) => fates[place]?.[index] === "run");
}

/** The sections with blocks that nobody took. */
export function neverTaken(): string[] {
  return Object.keys(fates).filter((place) => fates[place]?.includes("run") === true && !taken.has(place));
}
