import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A call of the query protocols of EC2 and Auto Scaling. */
export interface AwsCall {
  readonly action: string;
  readonly parameters: URLSearchParams;
}

/** What happens to a call instead of its answer: an error of that code; or it is carried out, and its answer never comes. */
export type Trouble = { readonly code: string; readonly status: number } | "unanswered";

interface Plan {
  readonly action: string;
  readonly trouble: Trouble;
  readonly concerns: (call: AwsCall) => boolean;
  left: number;
}

/**
 * Stands before an emulator of AWS: it counts calls, answers some with errors that the emulator never makes, and does what EC2 does
 * with client tokens, which the emulator does not look at: a launch that comes again has the answer that it had.
 */
export class AwsProxy {
  readonly #upstream: string;
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly #plans: Plan[] = [];
  readonly #launches = new Map<string, Promise<Answer>>();
  readonly calls: AwsCall[] = [];

  private constructor(upstream: string) {
    this.#upstream = upstream;
  }

  static async start(upstream: string): Promise<AwsProxy> {
    const proxy = new AwsProxy(upstream);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next `times` calls of that action, of those that `concerns` holds for. */
  trouble(action: string, trouble: Trouble, times: number, concerns: (call: AwsCall) => boolean = () => true): void {
    this.#plans.push({ action, trouble, concerns, left: times });
  }

  /** How often that was called. */
  count(action: string): number {
    return this.calls.filter((call) => call.action === action).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const parameters = new URLSearchParams(body.toString());
    const call = { action: parameters.get("Action") ?? "", parameters };
    this.calls.push(call);
    const plan = this.#plans.find((one) => one.left > 0 && one.action === call.action && one.concerns(call));
    if (plan !== undefined) plan.left -= 1;
    try {
      if (plan !== undefined && plan.trouble !== "unanswered") {
        const isEc2 = (request.headers.authorization ?? "").includes("/ec2/");
        response.writeHead(plan.trouble.status, { "content-type": "text/xml" }).end(errorText(plan.trouble.code, isEc2));
        return;
      }
      const { status, type, text } = await this.#answer(call, request, body);
      if (plan !== undefined) return void response.destroy();
      response.writeHead(status, { "content-type": type }).end(text);
    } catch {
      response.destroy();
    }
  }

  #answer({ action, parameters }: AwsCall, request: IncomingMessage, body: Buffer): Promise<Answer> {
    const token = action === "RunInstances" ? parameters.get("ClientToken") : null;
    if (token === null) return this.#forward(request, body);
    const known = this.#launches.get(token) ?? this.#forward(request, body);
    this.#launches.set(token, known);
    return known;
  }

  async #forward(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const headers: Record<string, string> = {};
    for (const name of ["authorization", "content-type", "x-amz-date"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers[name] = value;
    }
    const answer = await fetch(`${this.#upstream}${request.url ?? "/"}`, { method: "POST", headers, body });
    return { status: answer.status, type: answer.headers.get("content-type") ?? "text/xml", text: await answer.text() };
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function errorText(code: string, isEc2: boolean): string {
  const error = `<Error><Code>${code}</Code><Message>as planned</Message></Error>`;
  if (isEc2) return `<?xml version="1.0"?><Response><Errors>${error}</Errors><RequestID>planned</RequestID></Response>`;
  return `<?xml version="1.0"?><ErrorResponse>${error}<RequestId>planned</RequestId></ErrorResponse>`;
}
