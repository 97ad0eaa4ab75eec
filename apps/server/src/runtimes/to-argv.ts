/** @throws Error when no program stands first: it was not installed. */
export function toArgv(program: readonly string[], ...args: readonly string[]): readonly [string, ...string[]] {
  const [first, ...rest] = program;
  if (first === undefined) throw new Error("No program to start");
  return [first, ...rest, ...args];
}
