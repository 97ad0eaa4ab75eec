/** The word that a misspelled one most likely stands for; null when none is close. */
export function nearest(word: string, known: readonly string[]): string | null {
  const ranked = known.map((each) => ({ each, distance: distanceOf(word.toLowerCase(), each.toLowerCase()) }));
  const [best] = ranked.sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, word.length / 3) ? best.each : null;
}

/** Letters to add, drop or replace; two neighbours that changed places count as one. */
function distanceOf(from: string, to: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 1; at <= from.length; at++) {
    const next = [at];
    for (let index = 1; index <= to.length; index++) {
      const replaced = (row[index - 1] ?? 0) + (from[at - 1] === to[index - 1] ? 0 : 1);
      const swapped =
        from[at - 1] === to[index - 2] && from[at - 2] === to[index - 1] ? (before[index - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? 0;
}
