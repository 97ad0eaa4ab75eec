/** How long output may still come from others after the program itself has ended. */
export const lastOutputMs = 250;

/** Waits for `done`, but not longer than this. */
export async function within(limitMs: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([done, new Promise((resolve) => (timer = setTimeout(resolve, limitMs)))]);
  clearTimeout(timer);
}
