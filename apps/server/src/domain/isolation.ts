import type { DriverKind } from "../sandboxes/sandbox-driver.ts";

const isolations: Readonly<Record<DriverKind, string>> = {
  local: "none",
  bwrap: "namespaces",
  docker: "container",
  kubernetes: "container",
  sprites: "virtual machine",
};

/** How far a driver keeps its sandboxes apart from the machine they run on; `none` means not at all. */
export function isolationOf(driver: string): string {
  return isolations[driver as DriverKind];
}
