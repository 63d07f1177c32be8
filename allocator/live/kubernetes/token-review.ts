import { type Grant, type Token, type TokenReviewer, tokenDigest } from "../http/tokens.ts";
import type { Clock } from "../ports.ts";
import { ApiClient, type ApiClientOptions } from "./api-client.ts";
import { connectionOf } from "./kubeconfig.ts";
import type { KubernetesSettings, ReviewedSubject, TokenReviewSettings } from "./kubernetes-document.ts";

/** How long an answer is believed: a token that is taken away is refused after so long. */
const KNOWN_MS = 10_000;
const STRANGER_MS = 2_000;
/** What goes on for long, a stream, ends after so long: whoever begins it again is asked for anew. */
const GRANTED_MS = 600_000;
/** Whoever makes tokens up does not fill the memory with them. */
const MOST_KEPT = 1_000;

interface Review {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly audiences?: readonly string[];
    readonly user?: { readonly username?: string; readonly groups?: readonly string[] };
  };
}

interface Answer {
  readonly token: Promise<Token | null>;
  untilMs: number;
}

/** Asks the cluster whose a bearer token is (TokenReview): a service account's, or whatever else its API server takes. */
export class ClusterTokens implements TokenReviewer {
  readonly #api: ApiClient;
  readonly #settings: TokenReviewSettings;
  readonly #clock: Clock;
  /** By SHA-256 of the token, the oldest first. */
  readonly #answers = new Map<string, Answer>();

  /** @throws LiveError where the kubeconfig cannot be used. */
  constructor(settings: KubernetesSettings, review: TokenReviewSettings, clock: Clock, client: ApiClientOptions = {}) {
    this.#api = new ApiClient(connectionOf(settings), client);
    this.#settings = review;
    this.#clock = clock;
  }

  review(token: string): Promise<Token | null> {
    const digest = tokenDigest(token);
    const nowMs = this.#clock.nowMs();
    const known = this.#answers.get(digest);
    if (known !== undefined && nowMs < known.untilMs) return known.token;
    this.#answers.delete(digest);
    const answer: Answer = { token: this.#ask(token, digest), untilMs: nowMs + KNOWN_MS };
    this.#answers.set(digest, answer);
    if (this.#answers.size > MOST_KEPT) this.#answers.delete(this.#answers.keys().next().value as string);
    answer.token.then(
      (found) => {
        if (found === null) answer.untilMs = nowMs + STRANGER_MS;
      },
      () => this.#answers.delete(digest),
    );
    return answer.token;
  }

  close(): void {
    this.#api.close();
  }

  async #ask(token: string, sha256: string): Promise<Token | null> {
    const { audience, subjects } = this.#settings;
    const { status } = await this.#api.request<Review>({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/tokenreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token, audiences: [audience] } },
    });
    const name = status?.user?.username;
    // One that says nothing of audiences does not know them, and so would take a token for anybody.
    if (status?.authenticated !== true || name === undefined || status.audiences?.includes(audience) !== true) return null;
    const grant = grantOf(subjects, name, status.user?.groups ?? []);
    return grant && { name, sha256, ...grant, expiresAtMs: this.#clock.nowMs() + GRANTED_MS };
  }
}

/** Of the first subject that it is. */
export function grantOf(subjects: readonly ReviewedSubject[], user: string, groups: readonly string[]): Grant | null {
  const found = subjects.find((one) => (one.kind === "user" ? one.name === user : groups.includes(one.name)));
  return found === undefined ? null : { scopes: found.scopes, users: found.users };
}
