import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Suites that start whole servers and install things: what is left at the end shall be short. */
const long = /\/tests\/(packaging|e2e|faults|conformance|docs)\/|\/server\/src\/(turns|store)\//;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => long.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "tests"],
    sequence: { sequencer: LongFirst },
  },
});
