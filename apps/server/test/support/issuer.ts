import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK, type JWTPayload } from "jose";
import type { OidcSettings } from "../../src/env.ts";

const algorithm = "ES256";
/** A path that begins so leads to the address behind it. */
const elsewhere = "/to/";

/** An OpenID Connect issuer on loopback, for this server. */
export interface TestIssuer extends AsyncDisposable {
  readonly settings: OidcSettings;
  /** Paths that it was asked for. */
  readonly asked: string[];
  /** What its discovery document says; tests change it. */
  readonly document: { issuer: string; jwks_uri: string };
  /** A good token for `alice`, for an hour, but for these claims; undefined leaves one out. */
  sign(claims?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The public key, as anybody can have it. */
  publicKeyText(): Promise<string>;
  /** The header of its tokens. */
  readonly header: { readonly alg: string; readonly kid: string };
  /** Signs with a new key from now on, and forgets the one before. */
  rotate(): Promise<void>;
  /** Breaks off every connection from now on. It keeps its port: nobody else may take that meanwhile. */
  stop(): void;
  resume(): void;
}

const audience = "https://aod.example";

/** The claims of a good token. */
export function goodClaims(issuer: string): JWTPayload {
  const now = Math.floor(Date.now() / 1_000);
  return { iss: issuer, aud: audience, sub: "alice", iat: now, exp: now + 3_600 };
}

export async function startIssuer({ signup = false } = {}): Promise<TestIssuer> {
  const asked: string[] = [];
  let keys = await generateKeyPair(algorithm);
  let header = { alg: algorithm, kid: "key-1" };
  const published = async (): Promise<JWK> => ({ ...(await exportJWK(keys.publicKey)), ...header, use: "sig" });

  let isAway = false;
  const server = createServer((request, response) => {
    if (isAway) {
      request.socket.destroy();
      return;
    }
    const path = request.url ?? "";
    asked.push(path);
    const answer = (body: object) => response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    if (path === "/.well-known/openid-configuration") answer(document);
    else if (path === "/keys") void published().then((key) => answer({ keys: [key] }));
    else if (path.startsWith(elsewhere))
      response.writeHead(302, { location: decodeURIComponent(path.slice(elsewhere.length)) }).end();
    else response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const document = { issuer, jwks_uri: `${issuer}/keys` };

  return {
    settings: { issuer, audience, signup },
    asked,
    document,
    sign: (claims = {}) =>
      new SignJWT({ ...goodClaims(issuer), ...claims }).setProtectedHeader(header).sign(keys.privateKey),
    publicKeyText: () => exportSPKI(keys.publicKey),
    get header() {
      return header;
    },
    async rotate() {
      keys = await generateKeyPair(algorithm);
      header = { alg: algorithm, kid: `${header.kid}+` };
    },
    stop: () => void (isAway = true),
    resume: () => void (isAway = false),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
