// English texts needed first: page frame, choice of a video, feed. The type of
// this object is what every other language has to provide.

export const text = {
  name: "Storyreel",
  home: "Storyreel, front page",
  skip: "Skip to content",
  language: "Language",
  offline: "You are offline. The page continues when the network is back.",
  loading: "Loading…",
  more: "Show more",
  close: "Close",
  theme: { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" },
  failure: {
    title: "That did not work.",
    offlineTitle: "No connection.",
    network: "The service could not be reached. Check your connection and try again.",
    unknown: "Something went wrong. Try again.",
    instance: (id: string) => `If the problem persists, report this id: ${id}`,
    retry: "Try again",
  },
  campaign: {
    example: "See an example",
    promise: "No account needed. You get a private link to follow your story and withdraw it at any time.",
  },
  contribute: {
    video: "Your video",
    limits: (min: string, max: string, size: string) =>
      `Between ${min} and ${max} long, at most ${size}. Any common video format.`,
    record: "Record now",
    recordHere: "Record in this page",
    camera: "Record a video now",
    choose: "Choose a file",
    gallery: "Take one from my gallery",
    another: "Choose another",
    drop: "or drop a video here",
    then: "Then: the song and your story, a little about you, and the release form.",
    formFirst: "See the whole form first",
    closed: "This campaign is not accepting stories at the moment.",
    yourName: "Name",
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
