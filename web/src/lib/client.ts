// The typed client of the API, and the one error type of failed calls.
import createClient from "openapi-fetch";
import { type Problem, type Result, StoryreelError, unwrap as unwrapAs } from "../../packages/client/src/error";
import type { components, paths } from "../api";
import { text, errorText } from "../text";

type Schemas = components["schemas"];
export type Story = Schemas["StoryView"];
export type Campaign = Schemas["CampaignView"];
export type FeedItem = Schemas["FeedItem"];
export type UploadPlan = Schemas["UploadView"];
export type Song = Schemas["SongView"];
export type Retention = Schemas["RetentionView"];
export type Work = Schemas["Work"];
export type Webhook = Schemas["WebhookView"];
export type Delivery = Schemas["DeliveryView"];
export type Hold = Schemas["HoldView"];
export type Entry = Schemas["EntryView"];
export type Reason = Schemas["ReasonView"];
export type Facet = Schemas["FacetView"];
/** A page of the board's search, with the words that were replaced because nothing contains them. */
export type SearchPage = Schemas["SearchList"] & { corrected?: { from: string; to: string }[] | null };
export type Shortlist = Schemas["ListView"];
export type ListEntry = Schemas["CandidateView"];
export type ShortlistStatus = ListEntry["status"];
export type DownloadItem = Schemas["DownloadView"];
export type Slot = Schemas["SlotView"];
export type Receipt = Schemas["ReceiptView"];
export type Filed = Schemas["FiledView"];
export type ReportedVideo = Schemas["NoticeView"];
export type Question = Schemas["QuestionView"];
export type Caption = Schemas["CaptionView"];
export type PendingCaption = Schemas["PendingView"];
export type ReleaseForm = Schemas["FormView"];
export type CampaignMail = Schemas["CampaignMailView"];
export type User = Schemas["UserView"];
export type Me = Schemas["MeView"];
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
export type Failure = StoryreelError;

let blocked = false;
/** From now on, a call that is not answered is the doing of the page's content policy, not of the connection. */
export const policyBlocks = (): void => void (blocked = true);

/** A problem as a Failure. */
export function failed(problem: Partial<Problem>, retryAfter?: number): Failure {
  const code = problem.code === "network" && blocked ? "blocked" : problem.code;
  const { network, unknown } = text.failure;
  const english = code === "blocked" ? text.embed?.blocked : code === "network" ? network : problem.detail;
  const detail = errorText(code ?? "", english || unknown);
  return new StoryreelError({ ...problem, ...(code && { code }), detail }, retryAfter);
}

/** The body of a successful call; anything else is thrown as a Failure. */
export const unwrap = <T>(call: Promise<Result<T>>): Promise<NonNullable<T>> => unwrapAs(call, failed);

/** Any thrown value as a Failure, bugs of the page included. */
export const failureOf = (cause: unknown): Failure =>
  cause instanceof StoryreelError ? cause : failed({ code: "page", detail: (cause as Error | undefined)?.message });
