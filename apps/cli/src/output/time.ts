const units = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
] as const;

/** How long ago a time was, in its largest unit: `3h ago`. A time in the future is `now`: clocks differ a little. */
export function renderAge(time: string, now: Date): string {
  const seconds = Math.floor((now.getTime() - Date.parse(time)) / 1000);
  if (!(seconds > 0)) return "now";
  for (const [unit, size] of units) if (seconds >= size) return `${Math.floor(seconds / size)}${unit} ago`;
  return `${seconds}s ago`;
}

/** How long something took: `1m 05s`. */
export function renderDuration(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
}
