/** How agent events are printed. */
export interface Theme {
  /** ANSI colours. @default false */
  readonly color: boolean;
  /** Pictures in front of what happens; without, plain signs. @default true */
  readonly emoji: boolean;
  /** Columns. Details are cut to it; messages are not, because a terminal wraps them. @default 100 */
  readonly width: number;
}

/** The theme with what is not given filled in. */
export function createTheme({ color = false, emoji = true, width = 100 }: Partial<Theme> = {}): Theme {
  // A terminal that does not know its size says 0; below 20 columns nothing could be read.
  return { color, emoji, width: Math.max(20, width || 100) };
}

const codes = {
  bold: ["\x1b[1m", "\x1b[22m"],
  dim: ["\x1b[2m", "\x1b[22m"],
  red: ["\x1b[31m", "\x1b[39m"],
  green: ["\x1b[32m", "\x1b[39m"],
  yellow: ["\x1b[33m", "\x1b[39m"],
  cyan: ["\x1b[36m", "\x1b[39m"],
} as const;

export type Style = keyof typeof codes;

/** The text in the style, when the theme has colours. */
export function paint(theme: Theme, style: Style, text: string): string {
  if (!theme.color || text === "") return text;
  const code = codes[style];
  return code[0] + text + code[1];
}

const signs = {
  session: ["🚀", "●"],
  thinking: ["💭", "∴"],
  user: ["💬", "›"],
  shell: ["🔧", "▸"],
  read: ["📖", "▸"],
  write: ["📝", "▸"],
  edit: ["📝", "▸"],
  search: ["🔍", "▸"],
  fetch: ["🌐", "▸"],
  agent: ["🤖", "▸"],
  mcp: ["🔌", "▸"],
  plan: ["📋", "▸"],
  other: ["🔩", "▸"],
  retry: ["🔁", "↻"],
  warning: ["❗", "!"],
  error: ["❌", "✗"],
  success: ["✅", "✓"],
  failure: ["❌", "✗"],
  interrupted: ["🛑", "■"],
} as const;

export type Sign = keyof typeof signs;

/** The picture or sign, in a column of its own: none of the pictures is one that terminals draw in different widths. */
export function sign(theme: Theme, name: Sign): string {
  return signs[name][theme.emoji ? 0 : 1];
}

/** How far text stands behind a sign. */
export function signIndent(theme: Theme): string {
  return theme.emoji ? "   " : "  ";
}
