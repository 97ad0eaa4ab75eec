// Runs in workerd from the packed tarball: parses an event, hashes it, recognises an error.
import { AodError, agentSchema } from "@aod/core";
import { RunningDigest } from "@aod/core/digest";

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`failed: ${what}`);
}

const worker = {
  test(): void {
    check(!agentSchema.safeParse({ id: 1 }).success, "a bad agent is refused");
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    check(RunningDigest.restore("").hex() === empty, "the empty digest is right");
    check(AodError.isInstance(new AodError("timeout", "late")), "an error knows its class");
  },
};

export { worker as default };
