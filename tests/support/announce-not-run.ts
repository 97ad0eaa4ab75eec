import { notRunBanner, type NotRun } from "@aod/testing/not-run";
import { canMount, fullDisk } from "@aod/testing/small-disk";
import { findPython, pythonTour } from "../conformance/python/python-client.ts";
import { curlQuickstart, hasCurl } from "../conformance/curl/paste.ts";

/** Global setup of this workspace's tests: says before and after them which suites the machine cannot run. */
export async function setup(): Promise<(() => void) | undefined> {
  const missing: NotRun[] = [];
  if ((await findPython()) === null) missing.push(pythonTour);
  if (!hasCurl()) missing.push(curlQuickstart);
  if (!canMount()) missing.push(fullDisk);
  if (missing.length === 0) return undefined;
  const banner = `\n${notRunBanner(missing)}\n`;
  process.stderr.write(banner);
  return () => process.stderr.write(banner);
}
