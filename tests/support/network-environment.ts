import { homedir } from "node:os";
import { join } from "node:path";

const NAMES = /^(node_extra_ca_certs|ssl_cert_(file|dir)|https?_proxy|no_proxy|npm_config_(registry|cafile|ca))$/i;

/**
 * How this machine reaches the npm registry: proxies, certificates, npm's own settings and cache. For servers under test that
 * install agent CLIs and otherwise inherit nothing.
 */
export function networkEnvironment(): Record<string, string> {
  const named = Object.entries(process.env).filter(
    (entry): entry is [string, string] => NAMES.test(entry[0]) && entry[1] !== undefined,
  );
  return {
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), ".npmrc"),
    npm_config_cache: process.env.npm_config_cache ?? join(homedir(), ".npm"),
    ...Object.fromEntries(named),
  };
}
