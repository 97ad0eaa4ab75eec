/** One simple command of a shell snippet, as words. */
export interface ShellCommand {
  /** Line in the snippet, from 0. */
  readonly line: number;
  readonly words: readonly string[];
}

/**
 * The simple commands of a shell snippet. Knows what our docs use: quotes, comments, continued lines, `$(...)` and
 * `&& | ;`. Variables are kept as they are written.
 */
export function parseShell(code: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: string[] = [];
  let word: string | null = null;
  let quote: "'" | '"' | null = null;
  let line = 0;
  let began = 0;

  const endWord = (): void => {
    if (word !== null) words.push(word);
    word = null;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push({ line: began, words });
    words = [];
  };

  for (let at = 0; at < code.length; at++) {
    const character = code.charAt(at);
    if (character === "\n") line++;
    if (quote !== null) {
      if (character === quote) quote = null;
      else if (quote === '"' && character === "\\") word = `${word ?? ""}${code.charAt(++at)}`;
      else word = `${word ?? ""}${character}`;
      continue;
    }
    if (word === null && words.length === 0) began = line;
    if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\" && code.charAt(at + 1) === "\n") {
      at++;
      line++;
      endWord();
    } else if (character === "#" && word === null) {
      while (at + 1 < code.length && code.charAt(at + 1) !== "\n") at++;
    } else if (character === " " || character === "\t") {
      endWord();
    } else if (character === "$" && code.charAt(at + 1) === "(") {
      // What is inside is a command of its own; the assignment around it is of no interest here.
      word = null;
      endCommand();
      at++;
    } else if ("\n;|&()".includes(character)) {
      endCommand();
    } else {
      word = `${word ?? ""}${character}`;
    }
  }
  endCommand();
  return commands;
}
