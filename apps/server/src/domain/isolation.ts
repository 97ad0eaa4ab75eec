const isolations = {
  local: "none",
  bwrap: "namespaces",
  docker: "container",
  kubernetes: "container",
  sprites: "virtual machine",
} as const;

/** What makes sandboxes. */
export type DriverKind = keyof typeof isolations;

/** How far a driver keeps its sandboxes apart from the machine they run on; `none` means not at all. */
export function isolationOf(driver: string): string {
  return isolations[driver as DriverKind];
}
