import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface StubPackage {
  readonly name: string;
  readonly version: string;
  /** Path to content; all are executable. */
  readonly files: Readonly<Record<string, string>>;
  readonly manifest?: Readonly<Record<string, unknown>>;
}

export interface StubRegistry extends AsyncDisposable {
  /** Variables that make npm and npx use this registry, and nothing of this machine's own npm. */
  readonly env: Readonly<Record<string, string>>;
  /** Paths asked for, in order. */
  readonly requests: readonly string[];
}

/** An npm registry on loopback that holds a few packages made up by the test. */
export async function startStubRegistry(packages: readonly StubPackage[]): Promise<StubRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "aod-registry-"));
  const tarballs = new Map<string, Buffer>();
  for (const stub of packages) tarballs.set(tarballPath(stub), await pack(stub, join(folder, stub.name)));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    requests.push(path);
    const tarball = tarballs.get(path);
    const found = packages.filter(({ name }) => path === `/${name}`);
    if (tarball !== undefined) response.end(tarball);
    else if (found.length > 0)
      response.end(JSON.stringify(describePackage(found, tarballs, `http://${request.headers.host ?? ""}`)));
    else response.writeHead(404).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    env: {
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_cache: join(folder, "cache"),
      npm_config_userconfig: join(folder, "npmrc"),
      npm_config_globalconfig: join(folder, "global-npmrc"),
      npm_config_fetch_retries: "0",
      npm_config_audit: "false",
      npm_config_fund: "false",
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function pack(stub: StubPackage, folder: string): Promise<Buffer> {
  const manifest = JSON.stringify({ name: stub.name, version: stub.version, ...stub.manifest });
  for (const [path, content] of Object.entries({ ...stub.files, "package.json": manifest })) {
    const file = join(folder, "package", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await chmod(file, 0o755);
  }
  const archive = join(folder, "package.tgz");
  const { status, stderr } = spawnSync("tar", ["-czf", archive, "-C", folder, "package"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`tar failed: ${stderr}`);
  return readFile(archive);
}

function describePackage(
  versions: readonly StubPackage[],
  tarballs: ReadonlyMap<string, Buffer>,
  origin: string,
): object {
  const entries = versions.map((stub) => {
    const path = tarballPath(stub);
    const integrity = `sha512-${createHash("sha512")
      .update(tarballs.get(path) ?? "")
      .digest("base64")}`;
    return [
      stub.version,
      { name: stub.name, version: stub.version, ...stub.manifest, dist: { tarball: origin + path, integrity } },
    ];
  });
  return {
    name: versions[0]?.name,
    "dist-tags": { latest: versions.at(-1)?.version },
    versions: Object.fromEntries(entries) as object,
  };
}

function tarballPath({ name, version }: StubPackage): string {
  return `/${name}/-/${version}.tgz`;
}
