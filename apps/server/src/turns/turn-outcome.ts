import { constants } from "node:os";
import type { EventEntry } from "../events/event-log.ts";
import type { TurnEnd } from "../sandboxes/sandbox-driver.ts";

/** What is left to say and to store when a turn is over. */
export interface TurnOutcome {
  readonly status: "completed" | "failed";
  /** null when there is none: the program was not started, or did not end by itself. */
  readonly exitCode: number | null;
  /** Told to the reader on stderr before the terminal event. */
  readonly message: string | null;
  /** The sandbox is of no use any more: the session has failed for good, or the next turn begins anew. */
  readonly isSandboxUseless: boolean;
  /** Its owner cut it short; the session can go on. */
  readonly isInterrupted: boolean;
}

/** What a shell says of a program that SIGINT ended. Some agents exit with 0 then, and some do not start at all. */
const interruptedExitCode = 130;

export function outcomeOf(end: TurnEnd, timeoutSeconds: number): TurnOutcome {
  if (end.reason === "exit") return exited(end.code);
  if (end.reason === "signal") return exited(128 + signalNumber(end.signal));
  return failedTurn(reasonText(end, timeoutSeconds));
}

/** The program could not be run, or nobody knows how it ended. */
export function failedTurn(reason: string): TurnOutcome {
  return { ...failed, message: `turn failed: ${reason}\n` };
}

/** The sandbox could not be prepared. */
export function failedProvision(reason: string): TurnOutcome {
  return { ...failed, message: `provision failed: ${reason}\n` };
}

const failed = { status: "failed", exitCode: null, isSandboxUseless: true, isInterrupted: false } as const;

/** The turn was cut short. Without a sandbox that is ready, the next turn begins like a first one. */
export function interruptedTurn({ isSandboxUseless }: { readonly isSandboxUseless: boolean }): TurnOutcome {
  return { status: "completed", exitCode: interruptedExitCode, message: null, isSandboxUseless, isInterrupted: true };
}

/** The events that end the turn. */
export function closingEntries(outcome: TurnOutcome, turn: number): EventEntry[] {
  const { message, exitCode, isInterrupted } = outcome;
  const entries: EventEntry[] = [];
  if (message !== null) entries.push({ type: "output", turn, fields: { stream: "stderr", data: message, turn } });
  if (exitCode !== null)
    entries.push({ type: "exit", turn, fields: { code: exitCode, ...(isInterrupted && { interrupted: true }) } });
  else entries.push({ type: "error", turn, fields: { message: "Session failed", reason: message?.trimEnd() ?? "" } });
  return entries;
}

function exited(code: number): TurnOutcome {
  const status = code === 0 ? "completed" : "failed";
  return { status, exitCode: code, message: null, isSandboxUseless: code !== 0, isInterrupted: false };
}

function signalNumber(name: string): number {
  return (constants.signals as Partial<Record<string, number>>)[name] ?? 0;
}

function reasonText(end: Exclude<TurnEnd, { reason: "exit" | "signal" }>, timeoutSeconds: number): string {
  switch (end.reason) {
    case "timeout":
      return `Timed out after ${String(timeoutSeconds)}s`;
    case "output":
      return `The turn wrote more than ${String(end.maxBytes)} bytes`;
    case "spawn":
      return end.message;
    case "killed":
      return "The program was killed";
    case "abandoned":
      return "The program was ended because no worker looked after it any more";
    case "lost":
      return "The program's supervisor is gone, and nobody knows how the program ended";
  }
}
