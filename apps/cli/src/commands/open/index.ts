import { spawn } from "node:child_process";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { findSession } from "../sessions/index.ts";

export interface OpenOptions extends CommonOptions {
  readonly session: string;
  /** Only print the address. */
  readonly print?: boolean;
}

/**
 * `aod open`: the session's page in the browser, where the server has one. Else the address of its event stream, which is
 * only printed: a browser would not send the key.
 */
export async function openSession(context: CommandContext, options: OpenOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await findSession(client, options.session, signal);
  // Also tells whether there is such a session.
  const { web_url: page } = (await client.sessions.get(id, { signal })) as { web_url?: unknown };
  const url =
    typeof page === "string" ? new URL(page, `${client.baseUrl}/`).href : `${client.baseUrl}/sessions/${id}/stream`;
  if (typeof page === "string" && !options.print && !options.json && context.stdout.isTerminal) {
    startBrowser(url, context.env);
  }
  if (typeof page !== "string" && context.stderr.isTerminal) {
    await context.stderr.write(
      "This server has no pages. Read the stream with the header: Authorization: Bearer KEY\n",
    );
  }
  return { json: { id, url }, text: () => `${url}\n` };
}

/** Starts what shows web pages here: `BROWSER`, else the platform's own opener. Whether it works is for it to say. */
function startBrowser(url: string, env: CommandContext["env"]): void {
  const own = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  const child = spawn(env["BROWSER"] || own, [url], { stdio: "ignore", detached: true });
  child.once("error", () => undefined);
  child.unref();
}
