/** Linux allows no longer argument; an engine of regular expressions can run out of stack on megabytes. */
const maxLength = 128 * 1024;

/**
 * What a shell makes of one quoted word; undefined when it is not exactly one, or too long for a command line. Knows
 * quotes and backslashes, expands nothing.
 */
export function unquoteShellWord(quoted: string): string | undefined {
  if (quoted.length > maxLength) return undefined;
  const part = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;
  let word = "";
  while (part.lastIndex < quoted.length) {
    const found = part.exec(quoted);
    if (!found) return undefined;
    word += found[1] ?? found[2]?.replaceAll(/\\([$`"\\])/g, "$1") ?? found[3] ?? found[4] ?? "";
  }
  return word;
}
