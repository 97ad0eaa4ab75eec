import type { FieldError } from "@aod/core";

/** An answer that is known at the border itself: no rule of the domain was asked. */
export class FaceError extends Error {
  override readonly name = "FaceError";
  readonly status: number;
  readonly detail: string | readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string | readonly FieldError[],
    options: { headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(`HTTP ${status}`, { cause: options.cause });
    this.status = status;
    this.detail = detail;
    this.headers = options.headers ?? {};
  }
}
