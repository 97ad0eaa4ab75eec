import { toList, toObject, toText } from "./json-line.ts";
import type { PlanEvent } from "./types.ts";

type PlanItem = PlanEvent["items"][number];

/** The plan in a list of steps as the runtimes write them; undefined when it is no such list. Cancelled steps are left out. */
export function planEvent(steps: unknown): PlanEvent | undefined {
  if (!Array.isArray(steps)) return undefined;
  return { type: "plan", items: toList(steps).flatMap(toItem) };
}

function toItem(step: unknown): PlanItem[] {
  const { text, content, description, status, completed } = toObject(step);
  const words = toText(text) ?? toText(content) ?? toText(description);
  if (words === undefined || status === "cancelled") return [];
  return [{ text: words, status: toStatus(completed === true ? "completed" : status) }];
}

function toStatus(status: unknown): PlanItem["status"] {
  return status === "completed" || status === "in_progress" ? status : "pending";
}
