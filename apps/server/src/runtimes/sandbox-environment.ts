import { userInfo } from "node:os";
import type { Sandbox } from "../sandboxes/sandbox-driver.ts";

/** Where the session's variables and secrets stand, on the wire's terms; sourced by whatever runs in the sandbox. */
export const ENV_FILE = "/tmp/aod-env";

/** Variables of the server that say where its machine keeps toolchains and certificates, which a new HOME would hide. */
const KEPT = [
  "GOROOT",
  "JAVA_HOME",
  "NODE_EXTRA_CA_CERTS",
  "PYENV_ROOT",
  "RUSTUP_HOME",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
];

/**
 * What everything in a sandbox starts with: no variable of the server but PATH and the places of toolchains. What package
 * managers install globally goes to the sandbox's own home, so that it needs no root and leaves the machine alone.
 *
 * @param pathFolders Added at the end of PATH.
 */
export function sandboxEnvironment(sandbox: Sandbox, pathFolders: readonly string[] = []): Record<string, string> {
  const { home, tmp } = sandbox.paths;
  const username = userName();
  const local = `${home}/.local`;
  const kept = KEPT.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const path = [`${local}/bin`, `${home}/.gem/bin`, process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin", ...pathFolders];
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    TMPDIR: tmp,
    PATH: path.join(":"),
    USER: username,
    LOGNAME: username,
    SHELL: "/bin/bash",
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    GIT_TERMINAL_PROMPT: "0",
    npm_config_prefix: local,
    npm_config_update_notifier: "false",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    CARGO_INSTALL_ROOT: local,
    GEM_HOME: `${home}/.gem`,
    GOBIN: `${local}/bin`,
  };
}

/** A container may run as a uid without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "sprite";
  }
}

/**
 * Shell text that loads the profile's PATH and the session's variables; for `bash -l`. Login profiles reset PATH, so the
 * folders the server gave are put behind theirs again.
 */
export function loadEnvironment(sandbox: Sandbox, env: Readonly<Record<string, string>>): string {
  return [
    `PATH="$PATH":${shellQuote(env.PATH ?? "")}`,
    `set -a`,
    `source ${shellQuote(sandbox.resolve(ENV_FILE))}`,
    `set +a`,
  ].join("; ");
}

/** One word of shell text, whatever is in it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
