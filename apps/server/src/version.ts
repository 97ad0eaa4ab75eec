import { readFileSync } from "node:fs";

/** The package's version, from its own manifest: a sibling of both `src` and `dist`. */
export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}
