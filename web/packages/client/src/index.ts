// What programs import from "@storyreel/client".
export type { components, operations, paths } from "./api.js";
export {
  type BeginOptions,
  type Campaign,
  type Cancellable,
  type Decision,
  type FeedItem,
  type FeedQuery,
  itemsOf,
  type Options,
  type Page,
  type QueueQuery,
  type SearchQuery,
  Storyreel,
  type Submission,
} from "./client.js";
export { type Problem, type Result, StoryreelError } from "./error.js";
export { type StreamedSource, streamSource } from "./source.js";
export { type SendOptions, Upload } from "./upload.js";
export type { Progress, Source, Story, StoryRef } from "./uploader.js";
export { type StoryState, WaitError } from "./wait.js";
export { verifyWebhook, WebhookError, type WebhookEvent, type WebhookHeaders, type WebhookOptions } from "./webhook.js";
