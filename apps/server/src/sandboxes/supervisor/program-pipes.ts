// Node connects children by sockets, and a program cannot open /dev/stdout or /dev/stderr on a socket (ENXIO), which shell
// scripts do all the time. Named pipes are the only real pipes that Node can make.
// Not files either, although a program could then end without losing what a pipe did not take yet: opening /dev/stderr would
// empty the file, and a full disk would be the program's own error where a full pipe makes it wait.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  createReadStream,
  mkdtempSync,
  openSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface OutputPipe {
  /** Where it was made. Nothing is there any more, and no other pipe ever was. */
  readonly path: string;
  /** For the child's stdio. */
  readonly writeEnd: number;
  read(): Readable;
  /** Once the child has it: the reader sees the end only when nobody holds the other one. */
  closeWriteEnd(): void;
}

/** Two real pipes, or null where `mkfifo` is missing. Nothing stays on the disk. */
export function openOutputPipes(): readonly [OutputPipe, OutputPipe] | null {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "aod-pipes-"));
  try {
    const paths = [join(folder, "1"), join(folder, "2")] as const;
    if (spawnSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" }).status !== 0) return null;
    return [openPipe(paths[0]), openPipe(paths[1])];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A program's standard input with this content. A file: it ends by itself, can be reopened as /dev/stdin, and never blocks
 * the writer however long it is. The caller closes it once the program has it.
 *
 * @param place A folder for it; nothing stays there.
 */
export function openInput(content: string | Uint8Array, place = tmpdir()): number {
  if (content.length === 0) return openSync("/dev/null", "r");
  const folder = mkdtempSync(join(place, "aod-input-"));
  try {
    const path = join(folder, "stdin");
    writeFileSync(path, content, { mode: 0o600 });
    return openSync(path, "r");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bun and Deno never see data or fail on a `Socket` made from a pipe. Their file streams block a thread, but lose nothing. */
const readsPipesAsFiles = process.versions.bun !== undefined || process.versions.deno !== undefined;

function openPipe(path: string): OutputPipe {
  // Without a writer yet, only an open that does not block returns.
  const early = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  const readEnd = readsPipesAsFiles ? openSync(path, constants.O_RDONLY) : early;
  if (readsPipesAsFiles) closeSync(early);
  return {
    path,
    writeEnd,
    read: () =>
      readsPipesAsFiles
        ? createReadStream(path, { fd: readEnd })
        : new Socket({ fd: readEnd, readable: true, writable: false }),
    closeWriteEnd: () => closeSync(writeEnd),
  };
}
