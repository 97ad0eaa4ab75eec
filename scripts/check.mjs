// What `npm test` and CI run: every check of the repository, one after the other, and one line that counts the tests.
//
//   npm test                 everything
//   npm test -- stream       the tests of one workspace only (folder name or part of a test file's path)
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const filters = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "aod-check-"));
const report = join(scratch, "tests.json");

const testRun = ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...filters];
const steps =
  filters.length > 0
    ? [["tests", testRun]]
    : [
        ["format", ["prettier", "--check", "--log-level=warn", "."]],
        ["lint", ["eslint", ".", "--max-warnings", "0"]],
        ["unused", ["knip"]],
        ["types", ["turbo", "run", "typecheck", "--output-logs=errors-only"]],
        ["build", ["turbo", "run", "build", "--output-logs=errors-only"]],
        ["tests", testRun],
      ];

/** The failed tests of one file, a line each; the file itself where it could not be loaded. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = relative(root, name);
  const lines = assertionResults
    .filter(({ status }) => status === "failed")
    .map(({ fullName, failureMessages }) => `${file} > ${fullName}: ${failureMessages.join(" ").split("\n", 1)[0]}`);
  return status === "failed" && lines.length === 0 ? [`${file}: ${message.split("\n", 1)[0]}`] : lines;
}

const failed = [];
for (const [name, [command, ...args]] of steps) {
  const started = performance.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
    shell: process.platform === "win32",
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`── ${name}: ${status === 0 ? "ok" : "FAILED"} in ${seconds} s`);
  if (status !== 0) failed.push(name);
}

let counts = { passed: 0, failed: 0, pending: 0 };
let failedTests = [];
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  counts = { passed: numPassedTests, failed: numFailedTests, pending: numPendingTests + numTodoTests };
  failedTests = testResults.flatMap(failuresOf);
} catch {
  failed.push("test report");
}
rmSync(scratch, { recursive: true, force: true });

// A skipped test is a check that did not happen: it fails the run instead of passing quietly.
if (counts.pending > 0) failed.push(`${counts.pending} skipped tests`);
if (counts.passed === 0) failed.push("no test ran");
// Last, since whoever reads a long log reads its end.
for (const line of failedTests) console.log(`failed: ${line}`);
console.log(failed.length > 0 ? `\nFAILED: ${failed.join(", ")}` : "\nAll checks passed.");
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
