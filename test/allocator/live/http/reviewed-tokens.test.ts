import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ReviewedTokens, type ReviewOutcome } from "../../../../allocator/live/http/reviewed-tokens.ts";
import { type Token, TooManyReviews } from "../../../../allocator/live/http/tokens.ts";
import { FLEET, LiveBench } from "../../../support/live-fleet.ts";
import { listeningRun } from "../../../support/live-server.ts";
import { ManualClock } from "../../../support/manual-clock.ts";

const bench = new LiveBench();
test.after(() => bench.remove());

/** Whoever says whose a token is, behind HTTP: those that begin with `good`, while it is not away. */
class Authority {
  readonly asked: string[] = [];
  isAway = false;
  readonly #server = createServer(async (request, response) => {
    const token = await bodyOf(request);
    this.asked.push(token);
    response.statusCode = this.isAway ? 503 : token.startsWith("good") ? 200 : 403;
    response.end();
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  readonly ask = async (token: string, sha256: string): Promise<Token | null> => {
    const { port } = this.#server.address() as AddressInfo;
    const { status } = await fetch(`http://127.0.0.1:${port}`, { method: "POST", body: token });
    if (status === 503) throw new Error("away");
    return status === 200 ? { name: token, sha256, scopes: ["read"], users: null, expiresAtMs: null } : null;
  };

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

interface Desk {
  readonly authority: Authority;
  readonly reviewed: ReviewedTokens;
  readonly clock: ManualClock;
  readonly outcomes: ReviewOutcome[];
}

async function withDesk(perSecond: number, use: (desk: Desk) => Promise<void>): Promise<void> {
  const authority = new Authority();
  await authority.listen();
  const clock = new ManualClock(1_000_000);
  const outcomes: ReviewOutcome[] = [];
  const reviewed = new ReviewedTokens({
    ask: authority.ask,
    clock,
    perSecond,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  try {
    await use({ authority, reviewed, clock, outcomes });
  } finally {
    authority.close();
  }
}

/** How long it is to wait for; `null`: it was asked. */
async function waitFor(reviewed: ReviewedTokens, token: string): Promise<number | null> {
  try {
    await reviewed.review(token);
    return null;
  } catch (error) {
    assert.instance(error, TooManyReviews);
    return (error as TooManyReviews).waitMs;
  }
}

test("made-up tokens are asked about up to the rate; those over it are told how long to wait", async () => {
  await withDesk(4, async ({ authority, reviewed, clock, outcomes }) => {
    for (let i = 0; i < 4; i += 1) assert.is(await reviewed.review(`made-up-${i}`), null);
    assert.is(await waitFor(reviewed, "made-up-4"), 250);
    await clock.pass(100);
    assert.is(await waitFor(reviewed, "made-up-4"), 150);
    await clock.pass(150);
    assert.is(await waitFor(reviewed, "made-up-4"), null);
    assert.is(await waitFor(reviewed, "made-up-5"), 250);
    assert.equal(authority.asked, ["made-up-0", "made-up-1", "made-up-2", "made-up-3", "made-up-4"]);
    assert.is(outcomes.filter((one) => one === "stranger").length, 5);
    assert.is(outcomes.filter((one) => one === "over_limit").length, 3);
    await clock.pass(3_600_000);
    for (let i = 0; i < 4; i += 1) assert.is(await waitFor(reviewed, `later-${i}`), null);
    assert.is(await waitFor(reviewed, "later-4"), 250, "what was not used comes together to one second's worth, and no more");
  });
});

test("one that was refused is not asked about again for ten seconds, and one that is good neither", async () => {
  await withDesk(100, async ({ authority, reviewed, clock }) => {
    for (let i = 0; i < 3; i += 1) {
      assert.is(await reviewed.review("bad"), null);
      assert.is((await reviewed.review("good"))?.name, "good");
    }
    await clock.pass(9_999);
    assert.is(await reviewed.review("bad"), null);
    assert.is((await reviewed.review("good"))?.name, "good");
    assert.equal(authority.asked, ["bad", "good"]);
    await clock.pass(1);
    await Promise.all([reviewed.review("bad"), reviewed.review("bad")]);
    await reviewed.review("good");
    assert.equal(authority.asked, ["bad", "good", "bad", "good"], "each once more, also of two who ask together");
  });
});

test("one that was good is asked about again whatever the rate, and made-up ones do not push it out", async () => {
  await withDesk(1_000_000, async ({ authority, reviewed }) => {
    await reviewed.review("good");
    for (let i = 0; i < 1_100; i += 1) await reviewed.review(`made-up-${i}`);
    await reviewed.review("good");
    assert.is(authority.asked.filter((one) => one === "good").length, 1);
  });
  await withDesk(1, async ({ authority, reviewed, clock }) => {
    await reviewed.review("good");
    await clock.pass(10_000);
    assert.is(await reviewed.review("made-up"), null);
    assert.is(await waitFor(reviewed, "made-up too"), 1_000);
    assert.is((await reviewed.review("good"))?.name, "good");
    assert.equal(authority.asked, ["good", "made-up", "good"]);
    await clock.pass(600_000);
    assert.is(await reviewed.review("made-up"), null);
    assert.is(await waitFor(reviewed, "good"), 1_000, "after ten minutes it is as any other");
  });
});

test("while nobody can be asked that is not remembered", async () => {
  await withDesk(100, async ({ authority, reviewed, outcomes }) => {
    authority.isAway = true;
    for (let i = 0; i < 2; i += 1) {
      await reviewed.review("good").then(
        () => assert.unreachable(),
        (error: Error) => assert.is(error.message, "away"),
      );
    }
    authority.isAway = false;
    assert.is((await reviewed.review("good"))?.name, "good");
    assert.equal(outcomes, ["failed", "failed", "known"]);
  });
});

test("over HTTP: 429 and Retry-After for what is over the rate, 401 for what was refused, 200 for who is known; and it is counted", async () => {
  const authority = new Authority();
  await authority.listen();
  const review = { ask: authority.ask, perSecond: 3 };
  const { run, server, url } = await listeningRun(bench.folder(), FLEET, "keep-alive:ttl=10m", [], { review });
  const looks = (token: string) => fetch(`${url}/v1/users/alice`, { headers: { authorization: `Bearer ${token}` } });
  try {
    assert.is((await looks("good")).status, 200);
    const answers: Response[] = [];
    for (let i = 0; i < 30; i += 1) answers.push(await looks(`made-up-${i}`));
    const over = answers.filter(({ status }) => status === 429);
    assert.ok(over.length > 0 && over.every(({ headers }) => headers.get("retry-after") === "1"));
    assert.is(((await (over[0] as Response).json()) as { error: { code: string } }).error.code, "too_many_requests");
    assert.ok(answers.every(({ status }) => status === 429 || status === 401));
    assert.is(authority.asked.length, 1 + answers.length - over.length);
    assert.is((await looks("made-up-0")).status, 401, "it was refused before");
    assert.is((await looks("good")).status, 200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, `prae_token_reviews_total{outcome="over_limit"} ${over.length}\n`);
    const asked = authority.asked.filter((token) => token === "good").length;
    assert.match(metrics, `prae_token_reviews_total{outcome="known"} ${asked}\n`);
  } finally {
    await server.close();
    await run.stop();
    authority.close();
  }
});

test.run();
