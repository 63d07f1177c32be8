import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { LiveError, type LiveIssue } from "../live-error.ts";
import { type Exec, type TokenSource, tokenFromExec, tokenFromFile } from "./credentials.ts";

/** Where the API server is, and as whom to speak to it. */
export interface Connection {
  readonly server: URL;
  /** PEM; `null`: those that Node trusts. */
  readonly ca: string | null;
  /** The name that the server's certificate must have, if not its host's. */
  readonly serverName: string | null;
  readonly insecure: boolean;
  /** PEM of a client certificate. */
  readonly certificate: { readonly cert: string; readonly key: string } | null;
  readonly token: TokenSource | null;
  /** Of the context; `null`: it names none. */
  readonly namespace: string | null;
}

type Section = Readonly<Record<string, unknown>>;

/**
 * Reads a kubeconfig: client certificates, tokens, token files and credential plugins. What would have to be ignored is refused: a proxy,
 * a password, one of the former built-in providers.
 * @param context its name; `null`: the current one.
 * @throws LiveError with all that is wrong.
 */
export function readKubeconfig(path: string, context: string | null): Connection {
  const reader = new KubeconfigReader(path);
  const connection = reader.connection(context);
  if (reader.issues.length > 0 || connection === null) throw new LiveError(reader.issues);
  return connection;
}

/** As the settings say. @throws LiveError where the kubeconfig cannot be used. */
export function connectionOf(settings: { readonly kubeconfig: string | null; readonly context: string | null }): Connection {
  const { kubeconfig, context } = settings;
  return kubeconfig === null ? inClusterConnection() : readKubeconfig(kubeconfig, context);
}

/** The settings' own, else the connection's. */
export function namespaceOf(settings: { readonly namespace: string | null }, connection: Connection): string {
  return settings.namespace ?? connection.namespace ?? "default";
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Inside a cluster: as the pod's service account. @throws LiveError where this is not a pod. */
export function inClusterConnection(folder = SERVICE_ACCOUNT, environment: NodeJS.ProcessEnv = process.env): Connection {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = environment;
  const hint = "give a kubeconfig";
  if (host === undefined)
    throw new LiveError([{ path: "KUBERNETES_SERVICE_HOST", expected: "to run in a pod", found: "nothing", hint }]);
  try {
    return {
      server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
      ca: readFileSync(join(folder, "ca.crt"), "utf8"),
      serverName: null,
      insecure: false,
      certificate: null,
      token: tokenFromFile(join(folder, "token")),
      namespace: readFileSync(join(folder, "namespace"), "utf8").trim(),
    };
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new LiveError([{ path: folder, expected: "ca.crt, token and namespace of a service account", found, hint }]);
  }
}

class KubeconfigReader {
  readonly #path: string;
  readonly issues: LiveIssue[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  connection(wanted: string | null): Connection | null {
    const document = this.#document();
    if (document === null) return null;
    const name = wanted ?? document["current-context"];
    if (typeof name !== "string" || name === "") {
      this.#note("current-context", "a context to use", document["current-context"]);
      return null;
    }
    const context = this.#named(document, "contexts", "context", name);
    const cluster = context && this.#named(document, "clusters", "cluster", context["cluster"]);
    const user = context && (context["user"] === undefined ? {} : this.#named(document, "users", "user", context["user"]));
    if (!context || !cluster || !user) return null;
    const at = `clusters[${context["cluster"]}]`;
    const server = this.#server(cluster["server"], `${at}.server`);
    if (cluster["proxy-url"] !== undefined) this.#note(`${at}.proxy-url`, "no proxy: not supported", cluster["proxy-url"]);
    return {
      server,
      ca: this.#pem(cluster, "certificate-authority", at),
      serverName: this.#text(cluster, "tls-server-name", at),
      insecure: cluster["insecure-skip-tls-verify"] === true,
      ...this.#credentials(user, `users[${context["user"]}]`),
      namespace: this.#text(context, "namespace", `contexts[${name}]`),
    };
  }

  #document(): Section | null {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      this.#note("", "a kubeconfig that can be read", (error as NodeJS.ErrnoException).code);
      return null;
    }
    try {
      const document: unknown = parse(text);
      if (isSection(document)) return document;
      this.#note("", "a kubeconfig", document);
    } catch (error) {
      this.#note("", "YAML or JSON", error instanceof Error ? error.message.split("\n")[0] : error);
    }
    return null;
  }

  #named(document: Section, list: string, key: string, name: unknown): Section | null {
    const rows = document[list];
    const row = Array.isArray(rows) ? rows.find((one) => isSection(one) && one["name"] === name) : undefined;
    if (isSection(row) && isSection(row[key])) return row[key];
    this.#note(list, `one called ${String(name)}`, Array.isArray(rows) ? rows.map((one) => one?.name).join(", ") : rows);
    return null;
  }

  #server(value: unknown, path: string): URL {
    try {
      const url = new URL(String(value));
      if (url.protocol === "https:") return url;
    } catch {}
    this.#note(path, "an https address", value);
    return new URL("https://invalid.invalid");
  }

  #credentials(user: Section, at: string): Pick<Connection, "certificate" | "token"> {
    for (const refused of ["username", "password", "auth-provider", "as"]) {
      if (user[refused] !== undefined)
        this.#note(`${at}.${refused}`, "a certificate, a token, tokenFile or exec: this is not supported", "it");
    }
    const cert = this.#pem(user, "client-certificate", at);
    const key = this.#pem(user, "client-key", at);
    if ((cert === null) !== (key === null)) this.#note(at, "client-certificate and client-key, or neither", "one of them");
    const token = this.#text(user, "token", at);
    const file = this.#text(user, "tokenFile", at);
    const exec = user["exec"];
    return {
      certificate: cert !== null && key !== null ? { cert, key } : null,
      token: file !== null ? tokenFromFile(this.#beside(file)) : token !== null ? fixed(token) : this.#exec(exec, `${at}.exec`),
    };
  }

  #exec(exec: unknown, at: string): TokenSource | null {
    if (exec === undefined) return null;
    const { command, args = [], env = [], apiVersion } = isSection(exec) ? exec : {};
    const issuesBefore = this.issues.length;
    if (typeof command !== "string" || command === "") this.#note(`${at}.command`, "a program", command);
    if (!Array.isArray(args ?? [])) this.#note(`${at}.args`, "a list", args);
    if (typeof apiVersion !== "string" || !/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(apiVersion))
      this.#note(`${at}.apiVersion`, "client.authentication.k8s.io/v1 or v1beta1", apiVersion);
    if (this.issues.length > issuesBefore) return null;
    const named = (Array.isArray(env) ? env : []).filter(isSection);
    const plugin: Exec = {
      // One with a slash in it is relative to the file, as kubectl has it.
      command: /[/\\]/.test(command as string) ? this.#beside(command as string) : (command as string),
      args: ((args ?? []) as unknown[]).map(String),
      env: Object.fromEntries(named.map(({ name, value }) => [String(name), String(value)])),
      apiVersion: apiVersion as string,
    };
    return tokenFromExec(plugin);
  }

  /** From `KEY-data`, in base 64, or from the file that `KEY` names. */
  #pem(section: Section, key: string, at: string): string | null {
    const data = this.#text(section, `${key}-data`, at);
    if (data !== null) return Buffer.from(data, "base64").toString("utf8");
    const file = this.#text(section, key, at);
    if (file === null) return null;
    try {
      return readFileSync(this.#beside(file), "utf8");
    } catch (error) {
      this.#note(`${at}.${key}`, "a file that can be read", (error as NodeJS.ErrnoException).code);
      return null;
    }
  }

  #text(section: Section, key: string, at: string): string | null {
    const value = section[key] ?? null;
    if (value === null || (typeof value === "string" && value !== "")) return value;
    this.#note(`${at}.${key}`, "text", typeof value);
    return null;
  }

  #beside(file: string): string {
    return resolve(dirname(this.#path), file);
  }

  #note(at: string, expected: string, found: unknown): void {
    this.issues.push({ path: at === "" ? this.#path : `${this.#path} ${at}`, expected, found: String(found ?? "nothing") });
  }
}

function fixed(token: string): TokenSource {
  return { get: () => Promise.resolve(token), forget: () => {} };
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
