// English texts needed first: page frame, choice of a video, feed. The type of
// this object is what every other language has to provide.

export const text = {
  name: "Storyreel",
  home: "Storyreel, front page",
  skip: "Skip to content",
  language: "Language",
  offline: "You are offline. What is on the page stays; it goes on when the network is back.",
  loading: "Loading…",
  more: "Show more",
  close: "Close",
  theme: { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" },
  failure: {
    title: "That did not work.",
    offlineTitle: "No connection.",
    network: "The service could not be reached. Check your connection and try again.",
    unknown: "Something went wrong. Try again.",
    storage: "Storage refused the file. Choose it again and start over.",
    instance: (id: string) => `If it stays, tell us: ${id}`,
    retry: "Try again",
  },
  campaign: {
    promise:
      "No account needed. You get a private link that shows where your story stands and lets you withdraw it at any time.",
  },
  contribute: {
    video: "Your video",
    limits: (min: string, max: string, size: string) =>
      `Between ${min} and ${max} long, at most ${size}. Any common video format.`,
    record: "Record now",
    recordHere: "Record in this page",
    camera: "Record with the camera",
    choose: "Choose a file",
    another: "Choose another",
    drop: "or drop a video here",
    savedRecording: (size: string) => `You have an unsent recording (${size}).`,
    useRecording: "Use it",
    discardRecording: "Delete it",
    then: "Then: the song and your story, a little about you, and the release form.",
    formFirst: "See the whole form first",
    closed: "This campaign takes no stories at the moment.",
    unfinished: "An upload is not finished.",
    unfinishedHint: (name: string, size: string) => `Choose ${name} (${size}) again and it goes on where it stopped.`,
    yourName: "Name",
    discard: "Forget it",
  },
  story: { about: (song: string) => `About “${song}”` },
  feed: {
    title: "Stories",
    filter: "Filter",
    empty: "No story has been published yet. Yours could be the first.",
    none: "No story matches. Try fewer filters.",
    play: (title: string, by: string) => `Play ${title}, ${by}`,
  },
};

export type CoreTexts = typeof text;
