/** The word that a misspelled one most likely stands for; null when none is close. */
export function nearest(word: string, known: readonly string[]): string | null {
  const ranked = known.map((each) => ({ each, distance: distanceOf(word.toLowerCase(), each.toLowerCase()) }));
  const [best] = ranked.sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, word.length / 3) ? best.each : null;
}

/** Levenshtein's distance. */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [at, letter] of Array.from(from).entries()) {
    const next = [at + 1];
    for (let index = 1; index <= to.length; index++) {
      const swap = (row[index - 1] ?? 0) + (letter === to[index - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
