// The typed client of the API, and the one error type of failed calls.
import createClient from "openapi-fetch";
import type { components, paths } from "../api";
import { text, errorText } from "../text";

type Schemas = components["schemas"];
export type Story = Schemas["StoryView"];
export type Campaign = Schemas["CampaignView"];
export type FeedItem = Schemas["FeedItem"];
export type UploadPlan = Schemas["UploadView"];
export type SignedRequest = Schemas["RequestView"];
export type Song = Schemas["SongView"];
export type Retention = Schemas["RetentionView"];
export type Work = Schemas["Work"];
export type Webhook = Schemas["WebhookView"];
export type Delivery = Schemas["DeliveryView"];
export type Hold = Schemas["HoldView"];
export type Entry = Schemas["EntryView"];
export type Reason = Schemas["ReasonView"];
export type Facet = Schemas["FacetView"];
export type Candidate = Schemas["CandidateView"];
export type Slot = Schemas["SlotView"];
export type Question = Schemas["QuestionView"];
export type Caption = Schemas["CaptionView"];
export type PendingCaption = Schemas["PendingView"];
export type ReleaseForm = Schemas["FormView"];
export type User = Schemas["UserView"];
export type Me = Schemas["MeView"];
export type Problem = Schemas["Problem"];
export type Findings = Schemas["Findings"];
export type Related = Schemas["RelatedView"];
export type Report = Schemas["ReportView"];
export type Colleague = Schemas["ColleagueView"];
export type Outcome = Schemas["OutcomeView"];
export type Vote = Schemas["VoteView"];
export type SavedSearch = Schemas["SearchView"];
export type ExportItem = Schemas["ExportView"];

/** The service's origin: this module's own, so that an embedded script calls the service that served it. */
export const origin = new URL(import.meta.url).origin;

export const api = createClient<paths>({ baseUrl: origin });

/** The authorization header with a story's token. */
export const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

/** A failed call; `message` is a sentence for the user in their language. */
export class Failure extends Error {
  readonly code: string;
  readonly status: number;
  readonly instance: string;
  readonly facts: Record<string, unknown>;
  readonly retryAfter: number;

  constructor(problem: Partial<Problem>, retryAfter = 0) {
    super(errorText(problem.code ?? "", problem.detail || text.failure.unknown));
    this.code = problem.code ?? "unknown";
    this.status = problem.status ?? 0;
    this.instance = problem.instance ?? "";
    this.facts = problem.facts ?? {};
    this.retryAfter = retryAfter;
  }

  /** The network failed, not the service. */
  get offline(): boolean {
    return this.code === "network";
  }
  /** A later retry may succeed. */
  get retryable(): boolean {
    return this.offline || this.status === 429 || this.status >= 500;
  }
}

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

const isProblem = (v: unknown): v is Problem => typeof v === "object" && v !== null && "detail" in v;

/** The body of a successful call; anything else is thrown as a Failure. */
export async function unwrap<T>(call: Promise<Result<T>>): Promise<NonNullable<T>> {
  let result: Result<T>;
  try {
    result = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Failure({ code: "network", detail: text.failure.network });
  }
  if (result.response.ok) return result.data as NonNullable<T>;
  const wait = Number(result.response.headers.get("Retry-After")) || 0;
  if (isProblem(result.error)) throw new Failure(result.error, wait);
  throw new Failure({ status: result.response.status, detail: text.failure.unknown }, wait);
}

/** Any thrown value as a Failure, bugs of the page included. */
export function failureOf(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  return new Failure({ code: "page", detail: cause instanceof Error ? cause.message : text.failure.unknown });
}
