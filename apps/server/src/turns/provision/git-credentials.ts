import { shellQuote } from "../../runtimes/sandbox-environment.ts";
import { runInSandbox } from "./run-in-sandbox.ts";
import type { Repository } from "./provision-request.ts";
import type { Stage } from "./stage.ts";

const CREDENTIALS_FILE = "/tmp/.git-credentials";

/** Repository tokens live in one file that git itself reads; they are never on a command line. */
export const gitCredentialsStage: Stage = {
  name: "git_credentials",
  applies: ({ repositories }) => repositories.some(({ token }) => token !== null),
  run: async (request, sandbox) => {
    await sandbox.writeFile(CREDENTIALS_FILE, renderCredentials(request.repositories), 0o600);
    const helper = `store --file=${shellQuote(sandbox.resolve(CREDENTIALS_FILE))}`;
    await runInSandbox(sandbox, "Setting up git", ["git", "config", "--global", "credential.helper", helper], request);
  },
};

/** One line a token. git uses the first that fits the host. */
function renderCredentials(repositories: readonly Repository[]): string {
  return repositories
    .flatMap(({ token }) => (token === null ? [] : [`https://${encodeURIComponent(token)}:x-oauth-basic@github.com\n`]))
    .join("");
}
