/** MIME type of a dragged story; other drops are ignored. */
export const dragType = "application/x-storyreel-story";
