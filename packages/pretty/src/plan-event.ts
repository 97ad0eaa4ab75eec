import { toList, toObject, toText } from "./json-line.ts";
import type { PlanEvent } from "./types.ts";

type PlanItem = PlanEvent["items"][number];

/**
 * The plan in a list of steps as the runtimes write them, copilot as a checklist in Markdown; undefined when it is
 * neither. Cancelled steps are left out.
 */
export function planEvent(steps: unknown): PlanEvent | undefined {
  if (typeof steps === "string") return checklist(steps);
  if (!Array.isArray(steps)) return undefined;
  return { type: "plan", items: toList(steps).flatMap(toItem) };
}

function checklist(text: string): PlanEvent | undefined {
  const items = text.split("\n").flatMap((line): PlanItem[] => {
    const [, mark, words] = /^\s*[-*] \[(.)\] (.+)$/.exec(line) ?? [];
    if (mark === undefined || words === undefined) return [];
    return [{ text: words, status: mark === "x" || mark === "X" ? "completed" : "pending" }];
  });
  return items.length === 0 ? undefined : { type: "plan", items };
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
