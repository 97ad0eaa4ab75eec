/** Ctrl-C: the reason that the context's signal is aborted with. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Whoever read standard output has closed it (`aod ... | head -1`). */
export class BrokenPipe extends Error {
  override readonly name = "BrokenPipe";
}
