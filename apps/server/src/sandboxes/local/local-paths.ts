import { isAbsolute, join, posix } from "node:path";
import type { SandboxPaths } from "../sandbox-driver.ts";

/** The folders of one local sandbox. */
export interface LocalPaths extends SandboxPaths {
  /** The whole sandbox. */
  readonly root: string;
  /** Where wire paths outside workspace, home and tmp are. */
  readonly elsewhere: string;
}

export function localPaths(root: string): LocalPaths {
  return {
    root,
    home: join(root, "home"),
    workspace: join(root, "workspace"),
    tmp: join(root, "tmp"),
    elsewhere: join(root, "root"),
  };
}

/**
 * A path of the wire as the program sees it. `/workspace`, `/home/sprite` and `/tmp` are the sandbox's own folders, every
 * other absolute path is below its root, a relative one below the workspace; `..` cannot leave any of them. A path that is
 * already inside the sandbox stays as it is.
 */
export function resolveLocalPath(paths: LocalPaths, path: string): string {
  if (!isAbsolute(path)) return join(paths.workspace, posix.normalize(`/${path}`));
  const normal = posix.normalize(path);
  if (isBelow(normal, paths.root)) return normal;
  const mounts = [
    ["/workspace", paths.workspace],
    ["/home/sprite", paths.home],
    ["/tmp", paths.tmp],
  ] as const;
  for (const [mount, folder] of mounts) {
    if (isBelow(normal, mount)) return join(folder, normal.slice(mount.length));
  }
  return join(paths.elsewhere, normal);
}

export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
