import fc from "fast-check";
import { expect, test } from "vitest";
import { Names } from "./wire.ts";

interface Thing {
  readonly id: string;
  readonly agentId: string;
  readonly someLongName: number;
}

const names = new Names<Thing>({ agentId: true, someLongName: true });

test("renames the fields that it knows, both ways", () => {
  const thing = { id: "1", agentId: "2", someLongName: 3 };
  const wire = { id: "1", agent_id: "2", some_long_name: 3 };
  expect(names.toWire(thing)).toEqual(wire);
  expect(names.fromWire(wire)).toEqual(thing);
});

test("leaves every other key, and everything below, exactly as it is", () => {
  const known = ["agentId", "agent_id", "someLongName", "some_long_name"];
  const key = fc.string().filter((name) => !known.includes(name));
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), (value) => {
      // By way of JSON, as on the wire; -0 does not survive that.
      const plain = JSON.parse(JSON.stringify(value)) as object;
      expect(JSON.stringify(names.toWire(plain))).toBe(JSON.stringify(plain));
      expect(JSON.stringify(names.fromWire(plain))).toBe(JSON.stringify(plain));
    }),
  );
  expect(names.toWire({ metadata: { agentId: 1 } })).toEqual({ metadata: { agentId: 1 } });
});

test("keeps the server's order of keys and puts what it left out at the end", () => {
  const fields = names.fromWire({ some_long_name: 1, id: "1" }, { id: "none", agentId: null });
  expect(JSON.stringify(fields)).toBe('{"someLongName":1,"id":"1","agentId":null}');
});

test("takes keys of Object.prototype for data", () => {
  const hostile = JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"toString":3}') as object;
  const renamed = names.fromWire(hostile);
  expect(Object.keys(renamed)).toEqual(["__proto__", "constructor", "toString"]);
  expect(Object.getPrototypeOf(renamed)).toBe(Object.prototype);
  expect("polluted" in renamed).toBe(false);
});

test("must list exactly the fields whose names differ", () => {
  // @ts-expect-error -- one is missing
  new Names<Thing>({ agentId: true });
  // @ts-expect-error -- one is spelled wrong
  new Names<Thing>({ agentId: true, someLongname: true });
  // @ts-expect-error -- one does not differ
  new Names<Thing>({ agentId: true, someLongName: true, id: true });
  expect.assertions(0);
});
