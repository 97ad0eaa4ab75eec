/** How long output may still come from others after the program itself has ended. */
export const lastOutputMs = 250;

/**
 * Waits for `done`, but not longer than this. What has arrived by then counts: a process that was held up sees that its
 * timers are due before it reads what its pipes hold, so they are read once more.
 */
export async function within(limitMs: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([done, new Promise((resolve) => (timer = setTimeout(() => setImmediate(resolve), limitMs)))]);
  clearTimeout(timer);
}
