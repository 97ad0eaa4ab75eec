import { readFileSync } from "node:fs";

/** What decides which of an agent CLI's ready-built programs fits. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly arch: NodeJS.Architecture;
  /** Linux with musl instead of glibc (Alpine). */
  readonly musl: boolean;
  /** x64 only: false on processors from before 2013 or so, which need slower builds. */
  readonly avx2: boolean;
}

/** The machine this process runs on. */
export function thisMachine(): Machine {
  const linux = process.platform === "linux";
  return {
    platform: process.platform,
    arch: process.arch,
    musl: linux && !("glibcVersionRuntime" in reportHeader()),
    avx2: !linux || /^flags\s*:.*\bavx2\b/m.test(readFileSync("/proc/cpuinfo", "utf8")),
  };
}

function reportHeader(): object {
  const report = process.report.getReport() as { header: object };
  return report.header;
}
