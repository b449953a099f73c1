// English for the player of videos.
export const player = {
  frames: "Frames of the video",
  jump: (time: string) => `Jump to ${time}`,
  play: "Play",
  pause: "Pause",
  position: "Position",
  at: (time: string, of: string) => `${time} of ${of}`,
  mute: "Mute",
  unmute: "Unmute",
  volume: "Volume",
  captions: "Captions",
  noCaptions: "No captions",
  full: "Full screen",
  window: "Leave full screen",
  failed: "This video cannot be played just now.",
};
