/** Ids cited by the test files among `files` (path to content): `[L1]` in a title or a comment. */
export function citedIds(files: Readonly<Record<string, string>>, ids: readonly string[]): Map<string, string[]> {
  const cited = new Map<string, string[]>();
  for (const [path, content] of Object.entries(files)) {
    for (const id of ids) {
      if (content.includes(`[${id}]`)) cited.set(id, [...(cited.get(id) ?? []), path]);
    }
  }
  return cited;
}
