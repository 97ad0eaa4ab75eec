/** A suite that this machine cannot run, and what it lacks. */
export interface NotRun {
  readonly suite: string;
  readonly lacks: string;
}

/** What is printed at the start and the very end of a run: nobody shall believe that a suite passed which did not run. */
export function notRunBanner(all: readonly NotRun[]): string {
  const line = "#".repeat(80);
  const lines = all.flatMap(({ suite, lacks }) => [
    `# NOT RUN: ${suite}.`,
    `#   ${lacks} Mend that, and run the tests again.`,
  ]);
  return [line, ...lines, line].join("\n");
}
