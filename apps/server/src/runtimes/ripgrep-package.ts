import type { Machine } from "./machine.ts";

const RIPGREP_VERSION = "1.18.0";

/**
 * A ripgrep that comes from the npm registry. Without one on the PATH some CLIs download it from GitHub at the first search,
 * or their search tools fail.
 */
export function ripgrepPackage(machine: Machine): { packages: Record<string, string>; pathFolders: string[] } {
  const name = `@vscode/ripgrep-${machine.platform}-${machine.arch}`;
  return { packages: { [name]: RIPGREP_VERSION }, pathFolders: [`node_modules/${name}/bin`] };
}
