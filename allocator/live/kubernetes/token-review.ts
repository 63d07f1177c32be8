import { ReviewedTokens, type ReviewOutcome } from "../http/reviewed-tokens.ts";
import type { Grant, Token, TokenReviewer } from "../http/tokens.ts";
import type { Clock } from "../ports.ts";
import { ApiClient } from "./api-client.ts";
import { connectionOf } from "./kubeconfig.ts";
import type { KubernetesSettings, ReviewedSubject, TokenReviewSettings } from "./kubernetes-document.ts";

/** What goes on for long, a stream, ends after so long: whoever begins it again is asked for anew. */
const GRANTED_MS = 600_000;

interface Review {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly audiences?: readonly string[];
    readonly user?: { readonly username?: string; readonly groups?: readonly string[] };
  };
}

/** Asks the cluster whose a bearer token is (TokenReview): a service account's, or whatever else its API server takes. */
export class ClusterTokens implements TokenReviewer {
  readonly #api: ApiClient;
  readonly #settings: TokenReviewSettings;
  readonly #clock: Clock;
  readonly #reviewed: ReviewedTokens;

  /** @throws LiveError where the kubeconfig cannot be used. */
  constructor(
    settings: KubernetesSettings,
    review: TokenReviewSettings,
    clock: Clock,
    onOutcome: (outcome: ReviewOutcome) => void,
  ) {
    this.#api = new ApiClient(connectionOf(settings));
    this.#settings = review;
    this.#clock = clock;
    const ask = (token: string, sha256: string) => this.#ask(token, sha256);
    this.#reviewed = new ReviewedTokens({ ask, clock, perSecond: review.reviewsPerSecond, onOutcome });
  }

  review(token: string): Promise<Token | null> {
    return this.#reviewed.review(token);
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
