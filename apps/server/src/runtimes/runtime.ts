import type { Sandbox } from "../sandboxes/sandbox-driver.ts";

export type RuntimeName = "command" | "claude" | "codex" | "gemini" | "opencode";

export interface McpServer {
  readonly name: string;
  readonly type?: "url" | "stdio";
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a runtime may know of the session it works for. */
export interface RuntimeContext {
  readonly sandbox: Sandbox;
  /** The agent's model as stored, e.g. `anthropic/claude-sonnet-4-6`; each runtime strips or adds the prefix. */
  readonly model: string;
  /** The UUID made at session create. */
  readonly conversationId: string;
  readonly mcpServers: readonly McpServer[];
  /** Environment variables and secrets of the session, merged: what the program will see. */
  readonly env: Readonly<Record<string, string>>;
  /** The `command` runtime's own argv, when the agent has one. */
  readonly command: readonly string[] | null;
}

/** A program and how to start it. */
export interface RuntimeCommand {
  readonly argv: readonly [string, ...string[]];
  /** Added under the session's own variables (which win). */
  readonly env: Readonly<Record<string, string>>;
}

export interface RuntimePackage {
  /** Pinned npm packages, name to exact version. */
  readonly packages: Readonly<Record<string, string>>;
  /** The program's path relative to the install folder. */
  readonly bin: string;
}

/** One agent CLI. One file each in this folder. */
export interface Runtime {
  readonly name: RuntimeName;
  /** What is installed on demand; absent when the program is already there. */
  readonly install?: RuntimePackage;
  /** Config files (MCP servers, auth) written once, before the first turn. */
  configure(context: RuntimeContext): Promise<void>;
  /** `bin` is the installed program, absolute. Turn 1 is the first. */
  command(context: RuntimeContext, turn: { readonly number: number; readonly bin: string }): RuntimeCommand;
  /** Folder of skills inside the sandbox, absolute on the wire's terms (`/home/sprite/...`); absent when it has none. */
  readonly skillsFolder?: string;
  /** The agent name that `npx skills add --agent` takes. */
  readonly skillsAgent?: string;
  /** First signal of a polite stop. */
  readonly interruptSignal: NodeJS.Signals;
}
