/** What one look came to. */
export interface Finding {
  /** `broken` ends the command with 1; `skipped` could not be looked at. */
  readonly status: "ok" | "warning" | "broken" | "skipped";
  readonly message: string;
  /** How to mend it. */
  readonly fix?: string;
}

/** A finding under its name; the shape of `aod doctor --json`. */
export interface Check extends Finding {
  readonly name: string;
}

export const ok = (message: string): Finding => ({ status: "ok", message });
export const skipped = (message: string): Finding => ({ status: "skipped", message });
export const warning = (message: string, fix: string): Finding => ({ status: "warning", message, fix });
export const broken = (message: string, fix: string): Finding => ({ status: "broken", message, fix });
