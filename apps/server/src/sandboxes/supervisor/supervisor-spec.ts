/** What a supervisor is told, as one line of JSON on its standard input: never in argv, never in a file. */
export interface SupervisorSpec {
  /** Absolute; made by the worker, see turn-folder. */
  readonly folder: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** `NAME=value`, also in `env`: how the program's leftovers are recognised. */
  readonly marker: string;
  readonly stdin: string;
  readonly timeoutMs: number;
  /** Of both streams together; 0 is no limit. */
  readonly maxOutputBytes: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Without a renewal for so long the supervisor ends the program and itself. */
  readonly abandonAfterMs: number;
}
