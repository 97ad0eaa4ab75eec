import type { ExitEvent, OutputEvent, SessionEvent, SessionTurn, StageEvent } from "@aod/sdk";
import { createTheme as createAgentTheme, render } from "@aod/pretty";
import type { AgentResult, DecoderOptions, Theme as AgentTheme } from "@aod/pretty";
import type { CommandContext } from "../context.ts";
import { LiveLine } from "../output/live-line.ts";
import { renderStage } from "../output/stages.ts";
import { chooseSymbols } from "../output/symbols.ts";
import type { Symbols } from "../output/symbols.ts";
import { toLine, truncate } from "../output/text.ts";
import { createTheme, wantsColor } from "../output/theme.ts";
import type { Theme } from "../output/theme.ts";
import { renderMilliseconds } from "../output/time.ts";
import type { Writer } from "../output/writer.ts";
import type { SessionDisplay } from "./session-display.ts";
import { createTurnPrinter } from "./turn-printer.ts";
import type { TurnPrinter } from "./turn-printer.ts";

// Most stages have nothing to do. They are in the sum.
const shortStageMs = 100;

export interface PrettyDisplayOptions {
  /** Leave out the output of earlier turns. */
  readonly fromTurn?: number | undefined;
  /** Nothing but the agent's output: no stages, no last line. */
  readonly quiet?: boolean | undefined;
  /** When what is followed began, for its duration; the agent's own count when it began before. */
  readonly beganAt?: Date | undefined;
  /** The session's turns: how each ended, and what it was asked. Read only when there is more than one to print. */
  readonly loadTurns: () => Promise<readonly SessionTurn[]>;
  /** Whether the turn has been told to stop, by this command. */
  readonly isInterrupted?: () => boolean;
}

/** For people: the agent's output in words, stages and the verdict on standard error, a spinner on a terminal. */
export class PrettyDisplay implements SessionDisplay {
  readonly #context: CommandContext;
  readonly #options: PrettyDisplayOptions;
  readonly #symbols: Symbols;
  /** Styles for standard error. */
  readonly #theme: Theme;
  readonly #live: LiveLine;
  #runtime = "the agent";
  #turn = 0;
  #printer: TurnPrinter | null = null;
  #stagesMs: number | undefined;
  #usageBefore: DecoderOptions = {};
  #turns: Promise<readonly SessionTurn[]> | null = null;

  constructor(context: CommandContext, options: PrettyDisplayOptions) {
    const { env, stderr, now } = context;
    this.#context = context;
    this.#options = options;
    this.#symbols = chooseSymbols(env);
    this.#theme = createTheme(wantsColor(stderr.isTerminal, env));
    // A terminal that cannot move its cursor gets plain lines.
    const enabled = env["TERM"] !== "dumb" && !options.quiet;
    this.#live = new LiveLine({ writer: stderr, enabled, theme: this.#theme, symbols: this.#symbols, now });
    this.#live.set("Connecting");
  }

  async show(event: SessionEvent): Promise<void> {
    switch (event.type) {
      case "start":
        this.#runtime = event.runtime;
        this.#live.set("Waiting for a sandbox");
        return;
      case "stage":
        // The sandbox is made in the first turn.
        return (this.#options.fromTurn ?? 1) > 1 ? undefined : this.#showStage(event);
      case "turn_start":
        return this.#beginTurn(event.turn);
      case "output":
        return this.#showOutput(event);
      case "exit":
        return this.#showExit(event);
      case "error":
      case "terminated":
        await this.#endTurn(null, false);
        return;
      default:
        return;
    }
  }

  async note(text: string): Promise<void> {
    await this.#live.finishLine();
    await this.#live.write(this.#context.stderr, `${this.#theme.dim(text)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#live.finishLine();
    this.#live[Symbol.dispose]();
  }

  async #showStage(event: StageEvent): Promise<void> {
    const text = renderStage(event, this.#runtime);
    this.#live.set(event.state === "started" ? text : null);
    if (event.state === "started") return;
    this.#stagesMs = (this.#stagesMs ?? 0) + (event.durationMs ?? 0);
    const isWorthALine = event.state === "failed" || (!this.#options.quiet && (event.durationMs ?? 0) >= shortStageMs);
    if (!isWorthALine) return;
    const took = event.durationMs === undefined ? "" : ` ${this.#theme.dim(renderMilliseconds(event.durationMs))}`;
    const why = event.message === undefined ? "" : `\n${event.message}`;
    const { done, failed } = this.#symbols;
    const sign = event.state === "done" ? this.#theme.green(done) : this.#theme.red(failed);
    await this.#live.write(this.#context.stderr, `${sign} ${text}${took}${why}\n`);
  }

  async #beginTurn(turn: number): Promise<void> {
    await this.#showReady();
    if (turn !== this.#turn && this.#printer) await this.#endEarlierTurn();
    this.#turn = turn;
    if (turn === 1) this.#usageBefore = { usageBefore: {} };
    if (turn < (this.#options.fromTurn ?? 0)) return;
    if (turn > Math.max(1, this.#options.fromTurn ?? 0)) await this.#writeHeading(turn);
    this.#live.set(`${this.#runtime} is at work`);
  }

  /** After the stages: that they are over, and how long they took together. */
  async #showReady(): Promise<void> {
    const tookMs = this.#stagesMs;
    this.#stagesMs = undefined;
    if (tookMs === undefined || this.#options.quiet) return;
    const sign = this.#theme.green(this.#symbols.done);
    const took = this.#theme.dim(renderMilliseconds(tookMs));
    await this.#live.write(this.#context.stderr, `${sign} Sandbox ready ${took}\n`);
  }

  /** Between turns of one log: which one begins, and what was asked. */
  async #writeHeading(turn: number): Promise<void> {
    const { stdout, theme } = this.#context;
    const prompt = toLine((await this.#findTurn(turn))?.prompt ?? "");
    const heading = truncate(`turn ${turn}${prompt === "" ? "" : `: ${prompt}`}`, Math.min(stdout.width, 100));
    await this.#live.finishLine();
    await this.#live.write(stdout, `\n${theme.dim(heading)}\n`);
  }

  async #showOutput(event: OutputEvent): Promise<void> {
    // The last turn is the one that is meant where a server does not say.
    if ((event.turn ?? Infinity) < (this.#options.fromTurn ?? 0)) return;
    const { stdout, stderr } = this.#context;
    const writer = event.stream === "stderr" ? stderr : stdout;
    // A program of one's own into a pipe or a file: its bytes are what is wanted.
    if (this.#runtime === "command" && !writer.isTerminal) return this.#live.write(writer, event.data);
    this.#printer ??= this.#createPrinter();
    await this.#live.write(writer, this.#printer.write(event.data, event.stream));
  }

  #createPrinter(): TurnPrinter {
    const { stdout, env } = this.#context;
    return createTurnPrinter(this.#runtime, agentTheme(stdout, env), this.#usageBefore);
  }

  async #endEarlierTurn(): Promise<void> {
    const turn = await this.#findTurn(this.#turn);
    await this.#endTurn(turn?.exitCode ?? null, false);
  }

  async #endTurn(exitCode: number | null, interrupted: boolean): Promise<AgentResult | undefined> {
    this.#printer ??= this.#createPrinter();
    const { text, result } = this.#printer.end({ exitCode, interrupted });
    this.#printer = null;
    const usageBefore = result?.thread_usage;
    this.#usageBefore = usageBefore === undefined ? {} : { usageBefore };
    this.#live.set(null);
    await this.#live.write(this.#context.stdout, text);
    await this.#live.finishLine();
    return result;
  }

  async #showExit({ code, interrupted = this.#options.isInterrupted?.() ?? false }: ExitEvent): Promise<void> {
    const result = await this.#endTurn(code, interrupted);
    if (this.#options.quiet || result === undefined) return;
    const { beganAt } = this.#options;
    const { stderr, env, now } = this.#context;
    const took = beganAt === undefined ? {} : { duration_ms: now().getTime() - beganAt.getTime() };
    const lines = render({ ...withExitCode(result, code), ...took }, agentTheme(stderr, env));
    await stderr.write(lines.map((line) => `${line}\n`).join(""));
  }

  async #findTurn(number: number): Promise<SessionTurn | undefined> {
    // Without them the output is still worth printing.
    this.#turns ??= this.#options.loadTurns().catch(() => []);
    return (await this.#turns).find(({ turnNumber }) => turnNumber === number);
  }
}

function agentTheme({ isTerminal, width }: Writer, env: CommandContext["env"]): AgentTheme {
  // Signs, not pictures: those of stages are signs too.
  return createAgentTheme({
    color: wantsColor(isTerminal, env),
    emoji: false,
    width: Number.isFinite(width) ? width : 100,
  });
}

/** A verdict says how a turn went, the exit code what this command ends with. */
function withExitCode(result: AgentResult, exitCode: number): AgentResult {
  if (result.verdict !== "failure" || result.reason === `exited with status ${exitCode}`) return result;
  return { ...result, reason: [result.reason, `exit code ${exitCode}`].filter(Boolean).join(" · ") };
}
