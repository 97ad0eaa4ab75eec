/** An answer as it came, so that two of them can be compared to the last byte. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
  /** Without what differs between any two answers. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Caller = (method: string, path: string, options?: CallOptions) => Promise<RawAnswer>;

const alwaysDifferent = ["date", "x-request-id"];

/** Requests in the name of one key, without a client's help. */
export function callAs(url: string, token: string): Caller {
  return async (method, path, { body, headers } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const kept = [...response.headers].filter(([name]) => !alwaysDifferent.includes(name));
    return { status: response.status, body: await response.text(), headers: Object.fromEntries(kept) };
  };
}

/** The JSON of an answer that has to be a success. */
export function successOf(answer: RawAnswer): unknown {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}
