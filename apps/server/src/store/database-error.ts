/** What PostgreSQL said, out of what drizzle wraps around it. */
export interface DatabaseError {
  /** SQLSTATE, or the system's code (`ECONNREFUSED`) when the database was not reached. */
  readonly code: string;
  readonly constraint: string | undefined;
  readonly message: string;
}

/** The database's own error in a chain of causes, or null. Never the query: its parameters are people's data. */
export function toDatabaseError(error: unknown): DatabaseError | null {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const { code, constraint } = current as { code?: unknown; constraint?: unknown };
    if (typeof code === "string" && (/^[0-9A-Z]{5}$/.test(code) || /^E[A-Z]+$/.test(code))) {
      return {
        code,
        constraint: typeof constraint === "string" ? constraint : undefined,
        message: current.message,
      };
    }
    current = current.cause;
  }
  return null;
}

/** True when the statement broke the named unique index or foreign key. */
export function violates(error: unknown, constraint: string): boolean {
  return toDatabaseError(error)?.constraint === constraint;
}
