type Env = Readonly<Record<string, string | undefined>>;

/** Signs in front of lines, and the frames of a spinner. */
export interface Symbols {
  readonly done: string;
  readonly failed: string;
  readonly stopped: string;
  readonly note: string;
  readonly skipped: string;
  readonly spinner: readonly string[];
}

const unicode: Symbols = {
  done: "✓",
  failed: "✗",
  stopped: "■",
  note: "!",
  skipped: "-",
  spinner: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
};

const ascii: Symbols = {
  done: "+",
  failed: "x",
  stopped: "#",
  note: "!",
  skipped: "-",
  spinner: ["|", "/", "-", "\\"],
};

/** Unicode, unless the locale says that the terminal is for something else or the terminal is the Linux console. */
export function chooseSymbols(env: Env): Symbols {
  return wantsUnicode(env) ? unicode : ascii;
}

/** Whether the terminal shows more than ASCII. */
function wantsUnicode(env: Env): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return env["TERM"] !== "linux" && (!locale || /utf-?8/i.test(locale));
}
