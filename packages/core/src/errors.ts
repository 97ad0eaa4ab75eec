/** One row of {@link errorCodes}. */
export interface ErrorCodeInfo {
  /** The HTTP status a server answers with; `null` for failures that only ever happen on the caller's side. */
  readonly status: number | null;
  /** Whether the same call may succeed later without being changed. */
  readonly retryable: boolean;
  /** One line for people. */
  readonly meaning: string;
}

/**
 * The closed table of everything that AoD fails with on purpose. The server takes its status from here, clients take
 * their class from it, and the docs list it.
 */
export const errorCodes = {
  bad_request: { status: 400, retryable: false, meaning: "The request could not be understood." },
  unauthorized: {
    status: 401,
    retryable: false,
    meaning: "The API key or token is missing, unknown, revoked or expired.",
  },
  forbidden: { status: 403, retryable: false, meaning: "The API key may not do this." },
  not_found: { status: 404, retryable: false, meaning: "There is no such thing, or it belongs to someone else." },
  method_not_allowed: { status: 405, retryable: false, meaning: "The route does not take this method." },
  conflict: { status: 409, retryable: false, meaning: "The current state does not allow this." },
  payload_too_large: { status: 413, retryable: false, meaning: "The request body is larger than the server accepts." },
  validation_failed: { status: 422, retryable: false, meaning: "The request was understood, its values are wrong." },
  rate_limited: { status: 429, retryable: true, meaning: "A quota is used up for now." },
  internal: { status: 500, retryable: true, meaning: "The server failed; the request id finds it in its log." },
  not_implemented: { status: 501, retryable: false, meaning: "The server does not offer this." },
  bad_gateway: { status: 502, retryable: true, meaning: "Something behind the server gave a bad answer." },
  unavailable: { status: 503, retryable: true, meaning: "The server, or something that it needs, is not available." },
  gateway_timeout: { status: 504, retryable: true, meaning: "Something behind the server did not answer in time." },
  timeout: { status: null, retryable: true, meaning: "There was no answer in time." },
  connection_failed: { status: null, retryable: true, meaning: "The server could not be reached, or the line broke." },
  invalid_response: { status: null, retryable: false, meaning: "The answer is not what the protocol promises." },
  stream_failed: { status: null, retryable: false, meaning: "An event stream could not be opened, read or resumed." },
  stream_integrity: { status: null, retryable: false, meaning: "An event stream is not the one that was recorded." },
  invalid_config: { status: null, retryable: false, meaning: "A setting, option or credential is missing or wrong." },
  aborted: { status: null, retryable: false, meaning: "The operation was given up before it was done." },
} as const satisfies Record<string, ErrorCodeInfo>;

/** A key of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

// Apart from the table, so that a browser bundle that only throws and catches does not carry the table's texts.
const retryableCodes: readonly ErrorCode[] = [
  "rate_limited",
  "internal",
  "bad_gateway",
  "unavailable",
  "gateway_timeout",
  "timeout",
  "connection_failed",
];

const brands = Symbol.for("aod.error.brands");

/** What may accompany the message of an {@link AodError}. */
export interface AodErrorOptions {
  /** What made this fail; always pass it on. */
  readonly cause?: unknown;
  /** @default what {@link errorCodes} says of the code */
  readonly retryable?: boolean;
}

/**
 * The base of every error that AoD throws on purpose.
 *
 * A subclass declares its own `static override readonly brand`: it becomes `error.name` and is what `isInstance` looks
 * for, so that it survives minifying and works across several copies of a package.
 */
export class AodError extends Error {
  /** The class's name, unique among AoD's errors. */
  static readonly brand: string = "AodError";

  /** What went wrong, for programs. */
  readonly code: ErrorCode;

  /** Whether the same call may succeed later without being changed. */
  readonly retryable: boolean;

  /**
   * @param code what went wrong, for programs
   * @param message what failed, with which id, and the next step; never a secret, never a whole body
   */
  constructor(code: ErrorCode, message: string, options: AodErrorOptions = {}) {
    super(message, options.cause ? options : undefined);
    this.name = new.target.brand;
    this.code = code;
    this.retryable = options.retryable ?? retryableCodes.includes(code);
  }

  /** True for errors of the class it is called on and of classes below it, also when another copy of the package made them. */
  static isInstance<T>(this: { readonly brand: string; readonly prototype: T }, value: unknown): value is T {
    const marked = value as Partial<Record<typeof brands, readonly string[]>> | null | undefined;
    const names = marked?.[brands];
    return names?.includes(this.brand) ?? false;
  }

  /** @internal */
  get [brands](): string[] {
    const names: string[] = [];
    for (let type = this.constructor as { brand?: string }; type.brand; type = Object.getPrototypeOf(type) as object) {
      names.push(type.brand);
    }
    return names;
  }
}
