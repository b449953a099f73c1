// The typed client of our own API, and the one shape of what goes wrong.
import createClient from "openapi-fetch";
import type { components, paths } from "../api";
import { text, told } from "../text";

type Schemas = components["schemas"];
export type Story = Schemas["StoryView"];
export type Campaign = Schemas["CampaignView"];
export type FeedItem = Schemas["FeedItem"];
export type UploadPlan = Schemas["UploadView"];
export type SignedRequest = Schemas["RequestView"];
export type Song = Schemas["SongView"];
export type Entry = Schemas["EntryView"];
export type Reason = Schemas["ReasonView"];
export type Facet = Schemas["FacetView"];
export type Candidate = Schemas["CandidateView"];
export type Slot = Schemas["SlotView"];
export type Question = Schemas["QuestionView"];
export type Caption = Schemas["CaptionView"];
export type ReleaseForm = Schemas["FormView"];
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

/** The service's origin: this module's own, so that an embedded script finds its way home. */
export const origin = new URL(import.meta.url).origin;

export const api = createClient<paths>({ baseUrl: origin });

/** Says who asks, for calls that a story's token allows. */
export const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

/** Failure is any call that did not work, with what a person may be told. */
export class Failure extends Error {
  readonly code: string;
  readonly status: number;
  readonly instance: string;
  readonly facts: Record<string, unknown>;
  readonly retryAfter: number;

  constructor(problem: Partial<Problem>, retryAfter = 0) {
    super(told(problem.code ?? "", problem.detail || text.failure.unknown));
    this.code = problem.code ?? "unknown";
    this.status = problem.status ?? 0;
    this.instance = problem.instance ?? "";
    this.facts = problem.facts ?? {};
    this.retryAfter = retryAfter;
  }

  /** The network, not the service: trying again may help by itself. */
  get offline(): boolean {
    return this.code === "network";
  }
  get passing(): boolean {
    return this.offline || this.status === 429 || this.status >= 500;
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

const isProblem = (v: unknown): v is Problem => typeof v === "object" && v !== null && "detail" in v;

/** Unwraps an answer of the client; whatever is not a success is thrown as a Failure. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<NonNullable<T>> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Failure({ code: "network", detail: text.failure.network });
  }
  if (answer.response.ok) return answer.data as NonNullable<T>;
  const wait = Number(answer.response.headers.get("Retry-After")) || 0;
  if (isProblem(answer.error)) throw new Failure(answer.error, wait);
  throw new Failure({ status: answer.response.status, detail: text.failure.unknown }, wait);
}

/** Any thrown value as a Failure; a mistake of ours is shown too, never hidden. */
export function failureOf(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  return new Failure({ code: "page", detail: cause instanceof Error ? cause.message : text.failure.unknown });
}
