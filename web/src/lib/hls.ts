// Plays HLS in a video element: natively on Apple devices, elsewhere with
// hls.js, which is loaded when the first story is played.

/** Attaches the stream; falls back to the MP4 when HLS fails. Returns a function that detaches. */
export async function attach(video: HTMLVideoElement, hls: string, mp4: string): Promise<() => void> {
  const fallBack = () => {
    const at = video.currentTime;
    const playing = !video.paused;
    video.src = mp4;
    video.currentTime = at;
    if (playing) void video.play().catch(() => undefined);
  };
  if (!hls) {
    video.src = mp4;
    return () => undefined;
  }
  const apple = !("MediaSource" in window) || "ManagedMediaSource" in window;
  if (apple && video.canPlayType("application/vnd.apple.mpegurl")) {
    video.addEventListener("error", fallBack, { once: true });
    video.src = hls;
    return () => video.removeEventListener("error", fallBack);
  }
  const { default: Hls } = await import("hls.js/light");
  if (!Hls.isSupported()) {
    fallBack();
    return () => undefined;
  }
  // No worker: the content policy forbids blob workers, and fMP4 needs no remuxing.
  const player = new Hls({ enableWorker: false, capLevelToPlayerSize: true });
  player.on(Hls.Events.ERROR, (_, data) => {
    if (!data.fatal) return;
    player.destroy();
    fallBack();
  });
  player.loadSource(hls);
  player.attachMedia(video);
  return () => player.destroy();
}
