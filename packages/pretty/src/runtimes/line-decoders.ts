import type { DecoderOptions, LineDecoder } from "../types.ts";
import { ClaudeLineDecoder } from "./claude.ts";
import { createCodexLineDecoder } from "./codex.ts";
import { createCopilotLineDecoder } from "./copilot.ts";
import { createDroidLineDecoder } from "./droid.ts";
import { createGeminiLineDecoder } from "./gemini.ts";
import { createKiloLineDecoder } from "./kilo.ts";
import { createOpencodeLineDecoder } from "./opencode.ts";
import { createPiLineDecoder } from "./pi.ts";
import { createQwenLineDecoder } from "./qwen.ts";
import type { Runtime } from "./runtime.ts";

/** By the runtime. */
export const lineDecoders: Readonly<Record<Runtime, (options: DecoderOptions) => LineDecoder>> = {
  claude: () => new ClaudeLineDecoder(),
  codex: createCodexLineDecoder,
  copilot: createCopilotLineDecoder,
  droid: createDroidLineDecoder,
  gemini: createGeminiLineDecoder,
  kilo: createKiloLineDecoder,
  opencode: createOpencodeLineDecoder,
  pi: createPiLineDecoder,
  qwen: createQwenLineDecoder,
};
