// Where one start of a turn keeps its things, and the one claim that decides which supervisor may run the program.
import { randomUUID } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identifyProcess, type ProcessIdentity } from "./processes.ts";

export const spoolFile = "spool";
export const controlFolder = "control";
export const killFile = "kill";
export const interruptFile = "interrupt";
export const renewFile = "renew";
const claimFile = "claim";
const programFile = "program";
const overFile = "over";

/** Who owns a turn's folder: a supervisor, or nobody for ever, because an adopter gave the start up. */
export type Claim = { readonly kind: "supervisor"; readonly supervisor: ProcessIdentity } | { readonly kind: "void" };

/** @returns null while nobody has claimed the folder. */
export function readClaim(folder: string): Claim | null {
  try {
    return JSON.parse(readFileSync(join(folder, claimFile), "utf8")) as Claim;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Claims the folder for this process. @returns false when it is claimed already, or gone. */
export function claimAsSupervisor(folder: string): boolean {
  return claim(folder, { kind: "supervisor", supervisor: identifyProcess(process.pid) });
}

/** Makes sure that no supervisor starts in this folder any more. @returns the claim that holds. */
export function voidUnlessClaimed(folder: string): Claim {
  // Looked at first: a turn that runs can be found on a full disk too.
  const existing = readClaim(folder);
  if (existing !== null) return existing;
  return claim(folder, { kind: "void" }) ? { kind: "void" } : (readClaim(folder) ?? { kind: "void" });
}

// A link appears at once with its whole content and fails when there is one: exactly one claim wins.
function claim(folder: string, content: Claim): boolean {
  const draft = join(folder, `claim-${process.pid}-${Math.random().toString(36).slice(2)}`);
  try {
    writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
    linkSync(draft, join(folder, claimFile));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOENT") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Leaves word of which process the program is, for whoever must end it without its supervisor. */
export function writeProgram(folder: string, pid: number): void {
  writeFileSync(join(folder, programFile), JSON.stringify(identifyProcess(pid)), { mode: 0o600 });
}

export function readProgram(folder: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(join(folder, programFile), "utf8")) as ProcessIdentity;
  } catch {
    // Not written, or half: the marker has to do.
    return null;
  }
}

/**
 * The supervisor has nothing more to do with this turn, and may go on to another.
 *
 * @returns false when that could not be written down: whoever still looks here takes the supervisor for busy and may kill it.
 */
export function markOver(folder: string): boolean {
  try {
    writeFileSync(join(folder, overFile), "", { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

export function isOver(folder: string): boolean {
  return existsSync(join(folder, overFile));
}

/** More than a start takes that writes nothing yet: the claim, and who the program is. */
const startBytes = 64 * 1024;

/**
 * @param inputBytes How much the program reads.
 * @throws the system's error when the disk of this folder has no room for what a start writes.
 */
export function assertRoom(folder: string, inputBytes: number): void {
  const file = join(folder, `.room-${randomUUID()}`);
  try {
    writeFileSync(file, Buffer.alloc(startBytes + inputBytes), { mode: 0o600 });
  } finally {
    rmSync(file, { force: true });
  }
}

/** @returns false when it exists already. */
export function makeTurnFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  mkdirSync(join(folder, controlFolder), { mode: 0o700 });
  return true;
}
