/** What this package asks of `fetch`. */
export interface FetchInit {
  method: string;
  headers: Headers;
  body: string | null;
  redirect: "manual";
  signal: AbortSignal;
}

/** The part of the fetch API that this package needs: `globalThis.fetch` fits, and so does any wrapper of it. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

/** Where requests really go. There is one for Node and one for everything else, chosen by export condition. */
export interface Platform {
  readonly fetch: Fetch;
  /** False in browsers, where setting `User-Agent` costs a CORS preflight or is forbidden. */
  readonly sendsUserAgent: boolean;
  /** Drops idle and busy connections. */
  close(): Promise<void>;
}

/** The platform of browsers, workers, Deno and Bun: the global `fetch`, or the one that is given. */
export function fetchPlatform(fetch?: Fetch): Platform {
  return {
    // Looked up on each call, so that a global that is replaced later (tracing, tests) is used.
    fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
    sendsUserAgent: !("document" in globalThis) && !("importScripts" in globalThis),
    close: () => Promise.resolve(),
  };
}
