import { styleText } from "node:util";

type Style = (text: string) => string;

/** Styles of terminal text. Each returns its input unchanged when colours are off. */
export interface Theme {
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly green: Style;
  readonly yellow: Style;
  readonly cyan: Style;
}

type Format = keyof Theme;

function style(format: Format, color: boolean): Style {
  // The caller decided about colours, so Node must not look at its own streams again.
  return color ? (text) => styleText(format, text, { validateStream: false }) : (text) => text;
}

/** @param color Whether to write escape sequences; see {@link wantsColor}. */
export function createTheme(color: boolean): Theme {
  return {
    bold: style("bold", color),
    dim: style("dim", color),
    red: style("red", color),
    green: style("green", color),
    yellow: style("yellow", color),
    cyan: style("cyan", color),
  };
}

/** Colours only on a terminal; `NO_COLOR` (any non-empty value) and `TERM=dumb` turn them off, `FORCE_COLOR` on. */
export function wantsColor(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"]) return env["FORCE_COLOR"] !== "0";
  return isTerminal && env["TERM"] !== "dumb";
}
