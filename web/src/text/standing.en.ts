// English for pausing, archiving and duplicating campaigns.
export const standing = {
  title: "Pause, archive, duplicate",
  is: {
    live: "It takes stories within its times.",
    paused: "It is paused: it takes no stories, and its feed stays.",
    archived: "It is archived: it takes no stories and leaves the lists, and its feed stays.",
  },
  short: { paused: "paused", archived: "archived" },
  resume: "Resume",
  pause: "Pause",
  archive: "Archive",
  duplicate: "Duplicate",
  copySlug: "Address of the duplicate",
  copyHint: "It gets the settings, release forms and mail texts, and no stories.",
  saved: "Saved.",
  duplicated: "Duplicated.",
  showArchived: "Show archived campaigns",
};
