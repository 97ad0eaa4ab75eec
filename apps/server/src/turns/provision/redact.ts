import type { ProvisionRequest } from "./provision-request.ts";

/** Shorter values stand in texts by chance, and masking them would leave nothing to read. */
const MIN_LENGTH = 6;

/** The text with the session's secret values masked: what failed commands print may hold them. */
export function redact(
  text: string,
  request: Pick<ProvisionRequest, "envVars" | "secretEnvVars" | "repositories">,
): string {
  const tokens = request.repositories.flatMap(({ token }) =>
    token === null ? [] : [token, encodeURIComponent(token)],
  );
  const values = [...Object.values(request.secretEnvVars), ...Object.values(request.envVars), ...tokens];
  return values
    .filter((value) => value.length >= MIN_LENGTH)
    .sort((a, b) => b.length - a.length)
    .reduce((masked, value) => masked.replaceAll(value, "***"), text);
}
