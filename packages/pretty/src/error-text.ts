import { parseJsonObject, toNumber, toObject, toText } from "./json-line.ts";

const apiError = /^\[API Error: ([\s\S]*)\]$/;

/** What an error says to people: without the `[API Error: ...]` around it, and not as the JSON body that a service answered. */
export function errorText(message: string): string {
  const text = apiError.exec(message.trim())?.[1] ?? message;
  const body = parseJsonObject(text);
  if (!body) return text;
  const error = toObject(body.error);
  const said = toText(error.message) ?? toText(body.error) ?? toText(body.message) ?? toText(body.detail);
  if (said === undefined) return text;
  const status = toNumber(error.code) ?? toNumber(body.status);
  return status === undefined ? said : `${said} (${status})`;
}
