import type { StreamEvent } from "@aod/stream";
import { Names } from "./internal/wire.ts";
import type { WireObject } from "./internal/wire.ts";
import { withBothDialects } from "./models/dialects.ts";
import type { Provider, Runtime } from "./models/dialects.ts";

/** The first event of a stream. */
export interface StartEvent {
  readonly type: "start";
  readonly sessionId: string;
  readonly runtime: Runtime;
  readonly provider: Provider;
}

/** A step of preparing the sandbox began or ended. */
export interface StageEvent {
  readonly type: "stage";
  readonly id: number;
  readonly stage: string;
  readonly state: "started" | "done" | "failed";
  /** On `done` and `failed`. */
  readonly durationMs?: number;
  /** Why it failed; on `failed`. */
  readonly message?: string;
}

/** The events from here on belong to this turn. */
export interface TurnStartEvent {
  readonly type: "turn_start";
  /** The id of the event after it. */
  readonly id: number;
  readonly turn: number;
}

/** A piece of what the program wrote. */
export interface OutputEvent {
  readonly type: "output";
  readonly id: number;
  readonly stream: "stdout" | "stderr";
  readonly data: string;
  readonly turn: number | null;
}

interface TerminalFields {
  /** `null` where a server has nothing to count from. */
  readonly id: number | null;
  /** How many events `digest` covers; only on servers that say. The stream has checked both when it began at the start. */
  readonly count?: number;
  /** SHA-256 over the events of the session, hexadecimal; only on servers that say. */
  readonly digest?: string;
}

/** Terminal: the last turn ended, with the program's exit code. */
export interface ExitEvent extends TerminalFields {
  readonly type: "exit";
  /** 130 when the turn was interrupted. */
  readonly code: number;
  /** True when the turn was interrupted; the session can go on. */
  readonly interrupted?: boolean;
}

/** Terminal: the session failed before a program could end with an exit code. */
export interface ErrorEvent extends TerminalFields {
  readonly type: "error";
  readonly message: string;
  /** What failed; only on servers that say. */
  readonly reason?: string;
}

/** Terminal: the session was terminated by its owner. */
export interface TerminatedEvent extends TerminalFields {
  readonly type: "terminated";
  readonly message: string;
}

/** Terminal for this stream only: the session wrote nothing for long, and may still run. */
export interface StaleEvent {
  readonly type: "stale";
  readonly id: number | null;
  readonly message: string;
}

/** An event of a type that this version does not know, or one that lacks what its type promises. Never dropped. */
export interface UnknownEvent {
  readonly type: "unknown";
  /** The `type` on the wire; `null` when there was none. */
  readonly rawType: string | null;
  /** Every other field, under its own name. */
  readonly [field: string]: unknown;
}

/** An event of a session. Tell them apart by `type`; fields of newer servers stay readable under their own names. */
export type SessionEvent =
  | StartEvent
  | StageEvent
  | TurnStartEvent
  | OutputEvent
  | ExitEvent
  | ErrorEvent
  | TerminatedEvent
  | StaleEvent
  | UnknownEvent;

/** An event after which nothing follows on the same stream. */
export type TerminalEvent = ExitEvent | ErrorEvent | TerminatedEvent | StaleEvent;

const terminalTypes: readonly string[] = ["exit", "error", "terminated", "stale"] satisfies TerminalEvent["type"][];

/** True for the events after which nothing follows on the same stream. */
export function isTerminalEvent(event: SessionEvent): event is TerminalEvent {
  return terminalTypes.includes(event.type);
}

const names = new Names<StartEvent & StageEvent>({ sessionId: true, durationMs: true });

/** From the wire's names to ours. */
export function decodeEvent(wire: StreamEvent): SessionEvent {
  switch (wire.type) {
    case "start":
      return withBothDialects(names.fromWire(wire)) as unknown as StartEvent;
    case "stage":
      return names.fromWire(wire) as unknown as StageEvent;
    case "output":
      return wire.turn === undefined ? { ...wire, turn: null } : (wire as OutputEvent);
    case "exit":
    case "error":
    case "terminated":
    case "stale":
      return (wire.id === undefined ? { ...wire, id: null } : wire) as TerminalEvent;
    case "unknown":
      return decodeForeign(wire);
    default:
      return wire;
  }
}

/** Other servers' spellings: `exit_code` for `code`, `detail` for `message`, and output without a type. */
function decodeForeign(event: WireObject & UnknownEvent): SessionEvent {
  const { rawType, type: _type, ...fields } = event;
  if (rawType === "exit" && typeof fields["exit_code"] === "number") {
    return { id: null, ...fields, type: "exit", code: fields["exit_code"] };
  }
  if (rawType === "error" && typeof fields["detail"] === "string") {
    return { id: null, ...fields, type: "error", message: fields["detail"] };
  }
  if (rawType === null && typeof fields["data"] === "string") {
    return { stream: "stdout", turn: null, ...fields, type: "output" } as unknown as OutputEvent;
  }
  return event;
}
