import type { McpServer, RuntimeName } from "@aod/core";
import type { Sandbox } from "../sandboxes/sandbox-driver.ts";
import type { Machine } from "./machine.ts";

/** What a runtime may know of the agent it works for when it makes a command line. */
export interface CommandContext {
  /** The agent's model as stored, e.g. `anthropic/claude-sonnet-4-6`; each runtime strips or adds the prefix. */
  readonly model: string;
  /** The UUID made at session create. */
  readonly conversationId: string;
  /** The `command` runtime's own argv, when the agent has one. */
  readonly command: readonly string[] | null;
}

/** What a runtime may know when it writes its config files. */
interface ConfigContext {
  readonly sandbox: Sandbox;
  readonly model: string;
  readonly mcpServers: readonly McpServer[];
  /** Environment variables and secrets of the session, merged: what the program will see. */
  readonly env: Readonly<Record<string, string>>;
}

/** A program and how to start it. */
interface RuntimeCommand {
  readonly argv: readonly [string, ...string[]];
  /** Added under the session's own variables (which win). */
  readonly env: Readonly<Record<string, string>>;
}

/** What to install on demand. None of the packages has dependencies, so these versions are the whole truth. */
export interface RuntimePackage {
  /** Names the install folder together with the runtime's name. */
  readonly version: string;
  /** npm packages, name to exact version. */
  readonly packages: Readonly<Record<string, string>>;
  /** The program, relative to the install folder. */
  readonly bin: string;
  /** `node` when `bin` is JavaScript; absent when it is executable by itself. */
  readonly interpreter?: "node";
  /** Folders of helper programs (ripgrep), relative to the install folder, that the runtime finds on its PATH. */
  readonly pathFolders?: readonly string[];
}

/** One agent CLI. One file each in this folder. */
export interface Runtime {
  readonly name: RuntimeName;
  /** What is installed on demand on this kind of machine, or null when there is no build for it. Absent: nothing to install. */
  readonly install?: (machine: Machine) => RuntimePackage | null;
  /**
   * Writes config files (MCP servers, auth) once, before the first turn.
   *
   * @throws RuntimeConfigError when the agent asks for something that this CLI cannot do.
   */
  configure(context: ConfigContext): Promise<void>;
  /** `program` starts the installed CLI; for `command` it is empty. Turn 1 is the first. */
  command(
    context: CommandContext,
    turn: { readonly number: number; readonly program: readonly string[] },
  ): RuntimeCommand;
  /**
   * Whether the CLI has the conversation to go on with: an interrupt may have come before it was there. Absent: nobody can
   * say, and the CLI begins a new one by itself when there is none.
   */
  hasConversation?(place: { readonly sandbox: Sandbox; readonly conversationId: string }): Promise<boolean>;
  /** Folder of skills on the wire's terms (`/home/sprite/...`); absent when it has none. */
  readonly skillsFolder?: string;
  /** The agent name that `npx skills add --agent` takes. */
  readonly skillsAgent?: string;
  /** First signal of a polite stop. */
  readonly interruptSignal: NodeJS.Signals;
}

/** The agent's settings do not fit its runtime. The message is for the user. */
export class RuntimeConfigError extends Error {
  override readonly name = "RuntimeConfigError";
}
