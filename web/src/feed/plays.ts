// Tells the service that a story is being watched, so that it gets all of its renditions soon.
import { type FeedItem, origin } from "../lib/client";

const enough = 2; // seconds of playing, without seeking

/** Reports the story once it has played for a moment. Returns a function that ends it. */
export function reportPlay(video: HTMLVideoElement, { campaign, id }: FeedItem): () => void {
  let played = 0;
  let last = video.currentTime;
  const look = () => {
    const step = video.currentTime - last;
    last = video.currentTime;
    if (step > 0 && step < 1) played += step;
    if (played < enough) return;
    end();
    navigator.sendBeacon(`${origin}/v1/campaigns/${campaign}/feed/${id}/plays`);
  };
  const end = () => video.removeEventListener("timeupdate", look);
  video.addEventListener("timeupdate", look);
  return end;
}
