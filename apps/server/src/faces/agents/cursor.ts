import { FaceError } from "./face-error.ts";

// What Python's int() takes: white space around it, a sign, single underscores between digits.
const integer = /^\s*([+-]?)(\d+(?:_\d+)*)\s*$/;

/**
 * The place in a stream that a client asks for: `Last-Event-ID`, unless empty, before `?since=`, else the
 * beginning. Below 0 means 0.
 *
 * @throws FaceError 400 when it is not an integer
 */
export function readCursor(lastEventId: string | undefined, since: string | undefined): number {
  const text = lastEventId === undefined || lastEventId === "" ? since : lastEventId;
  if (text === undefined) return 0;
  const match = integer.exec(text);
  if (match === null) throw new FaceError(400, "since must be an integer");
  const [, sign, digits = "0"] = match;
  return sign === "-" ? 0 : Math.min(Number(digits.replaceAll("_", "")), Number.MAX_SAFE_INTEGER);
}
