import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../architecture/workspace.ts";

/** One Markdown file of the repository. */
export interface MarkdownFile {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

/** One fenced block of code. */
export interface Snippet {
  readonly path: string;
  /** Line of its first line of code, from 1. */
  readonly line: number;
  /** What stands after the opening fence, such as `ts`. */
  readonly language: string;
  readonly code: string;
}

/** Every Markdown file that people read: guides, package READMEs, and what lies at the root. */
export function readMarkdown(): MarkdownFile[] {
  return globSync(["*.md", "docs/**/*.md", "{packages,apps,examples}/*/README.md"], { cwd: repositoryRoot })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(repositoryRoot, path), "utf8") }));
}

/** The fenced blocks of a file. */
export function snippetsOf({ path, text }: MarkdownFile): Snippet[] {
  const snippets: Snippet[] = [];
  let open: { line: number; language: string; lines: string[] } | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^```(\S*)\s*$/.exec(line);
    if (!fence) {
      open?.lines.push(line);
    } else if (open) {
      snippets.push({ path, line: open.line, language: open.language, code: open.lines.join("\n") });
      open = null;
    } else {
      open = { line: index + 2, language: fence[1] ?? "", lines: [] };
    }
  }
  if (open) throw new Error(`${path}: the block at line ${open.line} is not closed`);
  return snippets;
}

/** The file without its fenced blocks, for what must not be read as prose. */
export function proseOf({ text }: MarkdownFile): string {
  return text.replace(/^```[\s\S]*?^```\s*$/gm, "");
}

/** The anchors that headings make, as GitHub spells them. */
export function anchorsOf(file: MarkdownFile): Set<string> {
  const anchors = new Set<string>();
  for (const [, title = ""] of proseOf(file).matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    anchors.add(anchor);
  }
  return anchors;
}
