import type { Platform } from "./platform.ts";

/**
 * The platform of Node: undici with a connection pool of its own. Against the global `fetch` this gains two things: the
 * pool can be closed with its client, and an event stream that is silent for five minutes is not cut by a default.
 */
export function nodePlatform(): Platform {
  // undici takes about 80 ms to load, so it waits for the first request.
  const load = async () => {
    const { Agent, fetch } = await import("undici");
    return { fetch, agent: new Agent({ headersTimeout: 0, bodyTimeout: 0 }) };
  };
  let undici: ReturnType<typeof load> | undefined;
  return {
    fetch: async (url, init) => {
      const { fetch, agent } = await (undici ??= load());
      return fetch(url, { ...init, headers: [...init.headers], dispatcher: agent });
    },
    sendsUserAgent: true,
    close: async () => {
      const used = undici;
      undici = undefined;
      await (await used)?.agent.destroy();
    },
  };
}
