// Writes docs/cli anew: npm run docs, in apps/cli.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createCommandPages } from "./command-pages.ts";

const folder = fileURLToPath(new URL("../../../docs/cli/", import.meta.url));
const pages = createCommandPages();
await mkdir(folder, { recursive: true });
for (const name of await readdir(folder)) if (!pages.some(({ file }) => file === name)) await rm(folder + name);
for (const { file, text } of pages) await writeFile(folder + file, text);
