import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import { fieldErrors, makeAgent, must, runtimeAgent } from "../../../test/support/face-steps.ts";
import { maxBodyBytes } from "./read-body.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

const agent = JSON.stringify(runtimeAgent);
const post = async (raw: string | Buffer, headers: Record<string, string> = {}, path = "/agents") => {
  const answer = await face.send("POST", path, { raw, headers });
  return [answer.status, answer.status === 201 ? "created" : answer.text];
};
const invalid = [400, `{"detail":"Invalid JSON"}`];

describe("a body is JSON whatever its Content-Type says", () => {
  test.each(["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"])(
    "%s",
    async (type) => {
      expect(await post(agent, { "content-type": type })).toEqual([201, "created"]);
    },
  );

  test("no Content-Type", async () => {
    const answer = await face.app.inject({
      method: "POST",
      url: "/agents",
      payload: Buffer.from(agent),
      headers: { authorization: `Bearer ${face.key}` },
    });
    expect(answer.statusCode).toBe(201);
  });
});

describe("Invalid JSON", () => {
  const bodies = ["", "{", "{]", "nope", "{'a':1}", '{"a":1}}', "NaN", '{"a":undefined}', "\u0000"];
  test.each(bodies)("%j", async (raw) => {
    for (const path of ["/agents", "/environments", "/sessions", "/keys"]) {
      expect(await post(raw, {}, path)).toEqual(invalid);
    }
  });

  test("bytes that are no UTF-8", async () => {
    const bytes = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(await post(bytes)).toEqual(invalid);
  });

  test("no body at all", async () => {
    const answer = await face.send("POST", "/agents");
    expect([answer.status, answer.text]).toEqual(invalid);
  });

  test("a byte order mark is fine", async () => {
    expect(await post(`\ufeff${agent}`)).toEqual([201, "created"]);
  });
});

describe("packed bodies", () => {
  const gzip = { "content-encoding": "gzip" };
  const broken = [400, `{"detail":"Request body is not complete, valid gzip"}`];

  test("gzip is unpacked", async () => {
    expect(await post(gzipSync(agent), gzip)).toEqual([201, "created"]);
  });

  test("gzip cut at any byte is refused", async () => {
    const packed = gzipSync(agent);
    for (let length = 0; length < packed.length; length += 1) {
      expect(await post(packed.subarray(0, length), gzip)).toEqual(broken);
    }
  });

  test("what is no gzip is refused", async () => {
    expect(await post(agent, gzip)).toEqual(broken);
  });

  test("gzip that unpacks to too much is refused", async () => {
    const bomb = gzipSync(Buffer.alloc(maxBodyBytes + 1, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await post(bomb, gzip)).toEqual([
      413,
      `{"detail":"Request body is too large. The limit is 8388608 bytes."}`,
    ]);
  });

  test("other encodings are refused", async () => {
    expect(await post(agent, { "content-encoding": "br" })).toEqual([
      415,
      `{"detail":"Unsupported Content-Encoding. Send the body plain or as gzip."}`,
    ]);
  });
});

describe("hostile bodies", () => {
  test("too large: 413 with the limit", async () => {
    expect(await post(Buffer.alloc(maxBodyBytes + 1, 0x20))).toEqual([
      413,
      `{"detail":"Request body is too large. The limit is 8388608 bytes."}`,
    ]);
  });

  test("up to the limit is read", async () => {
    const system = "x".repeat(maxBodyBytes - 200);
    expect((await makeAgent(face, { system }))["system"]).toHaveLength(system.length);
  });

  test("nobody without a key gets to send a body", async () => {
    const raw = Buffer.alloc(maxBodyBytes + 1, 0x20);
    expect((await face.send("POST", "/agents", { key: false, raw })).status).toBe(401);
    expect((await face.send("POST", "/nope", { key: false, raw })).status).toBe(404);
    expect((await face.send("POST", "/health", { key: false, raw })).status).toBe(405);
  });

  const unstorable = [
    [{ name: "a\0b" }, ["name"], "value_error", "Value error, text must not contain the NUL character"],
    [
      { metadata: { a: ["x", "\0"] } },
      ["metadata", "a", 1],
      "value_error",
      "Value error, text must not contain the NUL character",
    ],
    [{ metadata: { "\0": 1 } }, ["metadata"], "value_error", "Value error, text must not contain the NUL character"],
    [
      { system: "half \ud83d" },
      ["system"],
      "string_unicode",
      "Input should be a valid string, unable to parse raw data as a unicode string",
    ],
  ] as const;
  test.each(unstorable)("text that cannot be stored: %j", async (body, loc, type, msg) => {
    const answer = await face.send("POST", "/agents", { body: { ...runtimeAgent, ...body } });
    expect(answer.status).toBe(422);
    expect(fieldErrors(answer.body)).toMatchObject([{ loc, type, msg }]);
  });

  test("a key that would change a prototype", async () => {
    const raw = `{"name":"x","model":"${runtimeAgent.model}","runtime":"claude","metadata":{"__proto__":{"admin":true}}}`;
    const answer = await face.send("POST", "/agents", { raw });
    expect(fieldErrors(answer.body)).toMatchObject([
      { loc: ["metadata"], msg: "Value error, a key must not be '__proto__'" },
    ]);
  });

  test("nesting without end", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const answer = await face.send("POST", "/agents", { raw: agent.replace("}", `,"metadata":{"a":${deep}}}`) });
    expect(answer.status).toBe(422);
    expect(fieldErrors(answer.body)).toMatchObject([
      { loc: ["metadata"], msg: "Value error, nested deeper than 100 levels" },
    ]);
  });

  test("more values than one request may make everybody wait for", async () => {
    const send = (count: number) =>
      face.send("POST", "/agents", {
        body: { ...runtimeAgent, metadata: { a: Array.from({ length: count }, () => 0) } },
      });
    expect((await send(99_000)).status).toBe(201);
    const answer = await send(100_000);
    expect(answer.status).toBe(422);
    expect(fieldErrors(answer.body)).toMatchObject([
      { loc: [], msg: "Value error, more than 100000 values in one body", input: null },
    ]);
  });

  test("numbers out of range are kept within what JSON has", async () => {
    const raw = agent.replace("}", `,"metadata":{"big":123456789012345678901234567890}}`);
    expect((await must(face, "POST", "/agents", { raw }))["metadata"]).toEqual({ big: 1.2345678901234568e29 });
  });

  test("a malformed path is refused", async () => {
    for (const path of ["/%zz", "/agents/%ff", `/${"a".repeat(5_000)}`]) {
      const answer = await face.send("GET", path, { key: false });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(Object.keys(answer.body as object)).toEqual(["detail"]);
      expect(answer.headers["x-request-id"]).toBeDefined();
    }
  });
});
