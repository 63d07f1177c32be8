import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inClusterConnection, readKubeconfig } from "../../../../allocator/live/kubernetes/kubeconfig.ts";
import { LiveError } from "../../../../allocator/live/live-error.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-kubeconfig-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

type Part = Record<string, unknown>;

function kubeconfig(user: Part, cluster: Part = {}, rest: Part = {}): string {
  const path = join(folder, "config");
  const document = {
    "current-context": "here",
    contexts: [{ name: "here", context: { cluster: "c", user: "u", namespace: "prae" } }],
    clusters: [{ name: "c", cluster: { server: "https://k8s.example:6443/base", ...cluster } }],
    users: [{ name: "u", user }],
    ...rest,
  };
  writeFileSync(path, JSON.stringify(document));
  return path;
}

function issues(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof LiveError) return error.issues.map(({ path }) => path.replace(`${folder}/config`, "").trim());
    throw error;
  }
  return [];
}

test("a token, a token file and a certificate, in place or in files beside the kubeconfig", async () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const inPlace = readKubeconfig(kubeconfig({ token: "t1" }, { "certificate-authority-data": base64("CA") }), null);
  assert.is(inPlace.server.href, "https://k8s.example:6443/base");
  assert.is(inPlace.ca, "CA");
  assert.is(inPlace.namespace, "prae");
  assert.is(await inPlace.token?.get(), "t1");
  for (const [name, text] of [
    ["ca.pem", "CA2"],
    ["cert.pem", "CERT"],
    ["key.pem", "KEY"],
    ["token", "t2\n"],
  ] as const)
    writeFileSync(join(folder, name), text);
  const user = { "client-certificate": "cert.pem", "client-key": "key.pem", tokenFile: "token" };
  const beside = readKubeconfig(kubeconfig(user, { "certificate-authority": "ca.pem" }), "here");
  assert.is(beside.ca, "CA2");
  assert.equal(beside.certificate, { cert: "CERT", key: "KEY" });
  assert.is(await beside.token?.get(), "t2");
});

test("a credential plugin is run, and again once its token ends or is not taken", async () => {
  const script = `
    const { readFileSync, writeFileSync } = require("node:fs");
    const path = ${JSON.stringify(join(folder, "count"))};
    let count = 0;
    try { count = Number(readFileSync(path, "utf8")); } catch {}
    writeFileSync(path, String(count + 1));
    const { kind } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    const expirationTimestamp = count === 0 ? "2020-01-01T00:00:00Z" : "2999-01-01T00:00:00Z";
    console.log(JSON.stringify({ kind, status: { token: process.env.PREFIX + count, expirationTimestamp } }));`;
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: process.execPath,
    args: ["-e", script],
    env: [{ name: "PREFIX", value: "t" }],
  };
  const { token } = readKubeconfig(kubeconfig({ exec }), null);
  assert.is(await token?.get(), "t1", "the first one has ended already");
  assert.is(await token?.get(), "t1");
  token?.forget();
  assert.is(await token?.get(), "t2");
});

test("all that is wrong is listed, with where", () => {
  assert.equal(issues(() => readKubeconfig(join(folder, "nothing"), null)).length, 1);
  assert.equal(
    issues(() => readKubeconfig(kubeconfig({}), "elsewhere")),
    ["contexts"],
  );
  assert.equal(
    issues(() =>
      readKubeconfig(
        kubeconfig(
          { username: "u", password: "p", "client-certificate-data": "x", exec: { apiVersion: "v0" } },
          { server: "http://plain", "proxy-url": "http://proxy" },
        ),
        null,
      ),
    ),
    [
      "clusters[c].server",
      "clusters[c].proxy-url",
      "users[u].username",
      "users[u].password",
      "users[u]",
      "users[u].exec.command",
      "users[u].exec.apiVersion",
    ],
  );
  assert.equal(
    issues(() => readKubeconfig(kubeconfig({}, {}, { users: [] }), null)),
    ["users"],
  );
  writeFileSync(join(folder, "config"), "- not\n- a kubeconfig\n");
  assert.equal(
    issues(() => readKubeconfig(join(folder, "config"), null)),
    [""],
  );
});

test("in a pod, the service account's files; elsewhere, an issue", async () => {
  for (const [name, text] of [
    ["ca.crt", "CA"],
    ["token", "t"],
    ["namespace", "prae\n"],
  ] as const)
    writeFileSync(join(folder, name), text);
  const connection = inClusterConnection(folder, { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" });
  assert.is(connection.server.href, "https://[fd00::1]:6443/");
  assert.is(connection.namespace, "prae");
  assert.is(await connection.token?.get(), "t");
  assert.is(issues(() => inClusterConnection(folder, {})).length, 1);
  assert.is(issues(() => inClusterConnection(join(folder, "nowhere"), { KUBERNETES_SERVICE_HOST: "h" })).length, 1);
});

test.run();
