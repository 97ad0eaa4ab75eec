import type { DecoderOptions, LineDecoder } from "../types.ts";
import { ClaudeLineDecoder } from "./claude.ts";
import { createCodexLineDecoder } from "./codex.ts";
import { createCommandLineDecoder } from "./command.ts";
import { createCopilotLineDecoder } from "./copilot.ts";
import { createDroidLineDecoder } from "./droid.ts";
import { createGeminiLineDecoder } from "./gemini.ts";
import { createKiloLineDecoder } from "./kilo.ts";
import { createOpencodeLineDecoder } from "./opencode.ts";
import { createPiLineDecoder } from "./pi.ts";
import { createQwenLineDecoder } from "./qwen.ts";

/** By the name of the runtime. */
export const lineDecoders: ReadonlyMap<string, (options: DecoderOptions) => LineDecoder> = new Map<
  string,
  (options: DecoderOptions) => LineDecoder
>([
  ["claude", () => new ClaudeLineDecoder()],
  ["codex", createCodexLineDecoder],
  ["command", createCommandLineDecoder],
  ["copilot", createCopilotLineDecoder],
  ["droid", createDroidLineDecoder],
  ["gemini", createGeminiLineDecoder],
  ["kilo", createKiloLineDecoder],
  ["opencode", createOpencodeLineDecoder],
  ["pi", createPiLineDecoder],
  ["qwen", createQwenLineDecoder],
]);
