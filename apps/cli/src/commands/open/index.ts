import { spawn } from "node:child_process";
import type { CommandContext, Outcome } from "../../context.ts";
import { withSession } from "../../refs/session-ref.ts";
import type { SessionRefOptions } from "../../refs/session-ref.ts";

export interface OpenOptions extends SessionRefOptions {
  /** Only print the address. */
  readonly print?: boolean;
}

/**
 * `aod open`: the session's page in the browser, where the server has one. Else the address of its event stream, which is
 * only printed: a browser would not send the key.
 */
export function openSession(context: CommandContext, options: OpenOptions): Promise<Outcome> {
  const { stdout, stderr, env, signal } = context;
  return withSession(context, options, async (client, id) => {
    // Also tells whether there is such a session.
    const session = (await client.sessions.get(id, { signal })) as { web_url?: unknown };
    const page = pageOf(session, client.baseUrl);
    const url = page?.href ?? `${client.baseUrl}/sessions/${id}/stream`;
    if (page && isWebPage(page) && !options.print && !options.json && stdout.isTerminal) startBrowser(page.href, env);
    if (page === null && stderr.isTerminal) {
      await stderr.write("This server has no pages. Read the stream with the header: Authorization: Bearer KEY\n");
    }
    return { json: { id, url }, text: () => `${url}\n` };
  });
}

/** The address of the session's page; null where there is none. */
function pageOf({ web_url: path }: { readonly web_url?: unknown }, baseUrl: string): URL | null {
  return typeof path === "string" ? URL.parse(path, `${baseUrl}/`) : null;
}

/** Another scheme would start whatever program this machine has for it. */
function isWebPage({ protocol }: URL): boolean {
  return protocol === "http:" || protocol === "https:";
}

/** Starts what shows web pages here: `BROWSER`, else the platform's own opener. Whether it works is for it to say. */
function startBrowser(url: string, env: CommandContext["env"]): void {
  const own = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  const child = spawn(env["BROWSER"] || own, [url], { stdio: "ignore", detached: true });
  child.once("error", () => undefined);
  child.unref();
}
