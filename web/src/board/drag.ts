/** Names a story while it is dragged, so that other dropped things are ignored. */
export const dragType = "application/x-storyreel-story";
