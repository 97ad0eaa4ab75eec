import { z } from "zod";
import { addFinding, typeMessage } from "./lax-fields.ts";
import { pythonRepr } from "./python-repr.ts";

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables of a request: an object of string to string whose keys a shell accepts. */
export const environmentVariablesField = () =>
  z
    .record(z.string(), z.string({ error: typeMessage("a valid string") }), {
      error: typeMessage("a valid dictionary"),
    })
    .superRefine((variables, context) => {
      const bad = Object.keys(variables).find((name) => !namePattern.test(name));
      if (bad === undefined) return;
      addFinding(context, `Invalid environment variable name: ${pythonRepr(bad)}. Must match ${namePattern.source}`);
    });
