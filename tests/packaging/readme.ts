/** The code blocks of one language in a README, in order, with the fence's info string after the language as `info`. */
export function codeBlocks(readme: string, language: string): string[] {
  return [...readme.matchAll(/^```(\w+)[^\n]*\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , code]) => code ?? "");
}
