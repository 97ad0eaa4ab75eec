import type { Writer } from "../../output/writer.ts";

/** Shows one text in place of the one before. */
export interface Screen {
  show(text: string): Promise<void>;
}

/**
 * On a terminal the new text takes the old one's lines, cut to what fits; elsewhere each text that differs from the one
 * before is written behind it.
 */
export function createScreen(writer: Writer, env: Readonly<Record<string, string | undefined>>): Screen {
  let before = "";
  const inPlace = writer.isTerminal && env["TERM"] !== "dumb";
  return {
    show: async (text) => {
      if (!inPlace) {
        if (text !== before) await writer.write(text);
        before = text;
        return;
      }
      const fitting = cut(text, (writer.height ?? Infinity) - 1);
      const lines = before.split("\n").length - 1;
      const up = lines > 0 ? `\u001b[${lines}A` : "";
      before = fitting;
      await writer.write(`${up}\r\u001b[J${fitting}`);
    },
  };
}

function cut(text: string, height: number): string {
  const lines = text.split("\n").slice(0, -1);
  if (lines.length <= height) return text;
  const kept = Math.max(1, height - 1);
  return [...lines.slice(0, kept), `… ${lines.length - kept} more`].join("\n") + "\n";
}
