import { dirname, join, relative, resolve, sep } from "node:path";
import { readImports } from "./imports.ts";
import { readWorkspaces } from "./workspace.ts";

/** Which folders of the server a folder may import. Rules know nothing of where they are stored, and no one but a face of its wire. */
const layers: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  store: ["domain"],
  auth: ["domain", "store"],
  events: ["domain", "store"],
  operations: ["domain", "store", "auth", "events"],
  faces: ["domain", "store", "auth", "events", "operations"],
  sandboxes: ["domain"],
  runtimes: ["domain", "sandboxes"],
  turns: ["domain", "store", "auth", "events", "runtimes", "sandboxes"],
};

/** Files beside the folders that anything above the domain may use; the others put the whole together, and nothing imports them. */
const shared = [
  "closing-stack.ts",
  "data-file.ts",
  "env.ts",
  "logger.ts",
  "version.ts",
  "health.ts",
  "warning-limit.ts",
];
/** The opened parts as one type, for whoever is handed all of them. */
const partsFile = "services.ts";
const takesParts = ["operations", "faces", "turns"];

/** Imports against the arrows that are meant, and why. */
export const exceptions: Readonly<Record<string, string>> = {
  "operations/interrupt-session.ts -> turns/turn-outcome.ts":
    "an interrupted turn that waits ends as a running one does",
};

/** Every import inside the server's sources that goes against the layers: `from -> to`, relative to `src`. */
export function findLayerViolations(root: string): string[] {
  const server = readWorkspaces(root).find(({ manifest }) => manifest.name === "@aod/server");
  if (server === undefined) throw new Error("there is no server");
  const source = join(server.folder, "src");
  return server.files
    .filter((file) => file.startsWith(source + sep) && !file.endsWith(".test.ts"))
    .flatMap((file) =>
      readImports(file)
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => [file, resolve(dirname(file), specifier)].map((path) => relative(source, path)))
        .filter(([from = "", to = ""]) => !isAllowed(from, to))
        .map(([from = "", to = ""]) => `${from} -> ${to}`),
    );
}

function isAllowed(from: string, to: string): boolean {
  const [fromFolder, toFolder] = [folderOf(from), folderOf(to)];
  if (fromFolder === null || fromFolder === toFolder) return true;
  if (toFolder !== null) return layers[fromFolder]?.includes(toFolder) === true;
  return (shared.includes(to) && fromFolder !== "domain") || (to === partsFile && takesParts.includes(fromFolder));
}

function folderOf(path: string): string | null {
  const parts = path.split(sep);
  return parts.length === 1 ? null : (parts[0] ?? null);
}
