import type { SessionDisplay } from "../../display/session-display.ts";

// Stored events come in large pages, right after each other; a live agent pauses.
const quietMs = 1000;

class Quiet extends Error {
  override readonly name = "Quiet";
}

/**
 * Shows what a running session has written so far: until nothing came for a second. The API has no other end to read to.
 *
 * @param follow Shows events on the display it is given, until its signal is aborted.
 */
export async function showUntilQuiet(
  display: SessionDisplay,
  signal: AbortSignal,
  follow: (display: SessionDisplay, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const quiet = new AbortController();
  const timer = setTimeout(() => quiet.abort(new Quiet()), quietMs);
  const watched: SessionDisplay = {
    show: async (event) => {
      await display.show(event);
      timer.refresh();
    },
    note: (text) => display.note(text),
    [Symbol.asyncDispose]: () => display[Symbol.asyncDispose](),
  };
  try {
    await follow(watched, AbortSignal.any([signal, quiet.signal]));
  } catch (error) {
    if (!(error instanceof Quiet)) throw error;
  } finally {
    clearTimeout(timer);
  }
}
