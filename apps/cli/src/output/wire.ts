import type {
  Agent,
  AgentEvent,
  AgentUsage,
  CreatedApiKey,
  Environment,
  GithubRepository,
  Networking,
  Session,
  SessionAck,
  SessionEvent,
  SessionTurn,
  StageEvent,
  StartEvent,
} from "@aod/sdk";

/** Everything that `--json` prints whose fields have names of the SDK's own. */
type Printed =
  | Agent
  | AgentUsage
  | CreatedApiKey
  | Environment
  | GithubRepository
  | Networking
  | Session
  | SessionAck
  | SessionTurn
  | StageEvent
  | StartEvent;

type NamesOf<T> = T extends unknown ? keyof T & string : never;
type Renamed<Name extends string> = Name extends Lowercase<Name> ? never : Name;

/** The fields that the SDK names differently: one that it adds is missed here. Fields of newer servers keep their names. */
const translated: Readonly<Record<Renamed<NamesOf<Printed>>, true>> = {
  agentId: true,
  allowedHosts: true,
  archivedAt: true,
  cacheReadTokens: true,
  cacheWriteTokens: true,
  costUsd: true,
  createdAt: true,
  currentTurn: true,
  durationMs: true,
  endedAt: true,
  environmentId: true,
  exitCode: true,
  expiresAt: true,
  inputTokens: true,
  isActive: true,
  mcpServers: true,
  mountPath: true,
  outputTokens: true,
  reasoningTokens: true,
  sessionId: true,
  setupScript: true,
  startedAt: true,
  streamUrl: true,
  toolCalls: true,
  turnCount: true,
  turnNumber: true,
  updatedAt: true,
};

/** A model of the SDK with the names of the HTTP API, as `--json` prints it. Free keys, such as metadata, stay as they are. */
export function toWire(model: object): Record<string, unknown> {
  const fields = Object.entries(model).map(
    ([key, value]: [string, unknown]) => [toSnake(key), nested(key, value)] as const,
  );
  // The SDK puts defaults first; people look for the id there.
  return Object.fromEntries([...fields.filter(([key]) => key === "id"), ...fields.filter(([key]) => key !== "id")]);
}

/** The answer of a list: the envelope of the HTTP API. */
export function toWireList(models: readonly object[]): { data: Record<string, unknown>[] } {
  return { data: models.map(toWire) };
}

/** An event of a stream with the names of the HTTP API; one of an unknown type under its own type again. */
export function toWireEvent(event: SessionEvent): Record<string, unknown> {
  if (event.type !== "unknown") return rename(event);
  const { rawType, type: _type, ...fields } = event;
  return { type: rawType, ...fields };
}

/** An agent event with the names of the HTTP API. What a tool was given stays as it is. */
export function toWireAgentEvent(event: AgentEvent): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(event).map(([key, value]: [string, unknown]) => {
      const isUsage = /usage$/i.test(key) && typeof value === "object" && value !== null;
      return [
        toAnySnake(key),
        isUsage
          ? Object.fromEntries(Object.entries(value).map(([name, count]) => [toAnySnake(name), count as unknown]))
          : value,
      ];
    }),
  );
}

/** Fields of a JSON file, written with the names of the HTTP API, as the SDK takes them. */
export function fromWire(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

function nested(key: string, value: unknown): unknown {
  if ((key === "networking" || key === "usage") && typeof value === "object" && value !== null) return rename(value);
  if (key === "resources" && Array.isArray(value)) return value.map((item: object) => rename(item));
  return value;
}

function rename(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, unknown]) => [toSnake(key), item]));
}

function toSnake(key: string): string {
  return Object.hasOwn(translated, key) ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key;
}

function toAnySnake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
