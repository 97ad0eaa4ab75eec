import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NotRun } from "./not-run.ts";

/** The suites that need a disk of their own. */
export const fullDisk: NotRun = {
  suite: "what a server does on a full disk",
  lacks: "A tmpfs cannot be mounted here: that takes Linux and root.",
};

/** A file system in memory that can be filled without harm to anything else. */
export interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Leaves not one byte. */
  fill(): void;
  /** Gives everything back that `fill` took. */
  free(): void;
  /** Makes it another size. */
  resize(megabytes: number): void;
}

/** @returns null where this user may not mount. */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), "aod-disk-"));
  const options = `size=${String(megabytes)}m,mode=755`;
  if (spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" }).status !== 0) {
    rmSync(folder, { recursive: true });
    return null;
  }
  const filler = join(folder, "filler");
  return {
    folder,
    fill: () => fill(filler),
    free: () => rmSync(filler, { force: true }),
    resize: (size) => void execFileSync("mount", ["-o", `remount,size=${String(size)}m`, folder]),
    [Symbol.dispose]: () => {
      spawnSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function fill(path: string): void {
  const file = openSync(path, "a");
  try {
    for (let size = 1 << 20; size >= 1; size = statfsSync(path).bavail === 0 ? 0 : size >> 1) {
      const zeros = Buffer.alloc(size);
      while (takes(file, zeros));
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function takes(file: number, bytes: Buffer): boolean {
  try {
    return writeSync(file, bytes) > 0;
  } catch {
    return false;
  }
}

/** Whether this machine can run the suite. */
export function canMount(): boolean {
  const disk = mountSmallDisk(1);
  disk?.[Symbol.dispose]();
  return disk !== null;
}
