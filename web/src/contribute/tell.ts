/** Tells whoever embeds the form what happens; never the story's token. */
export type Tell = (event: "progress" | "submitted" | "error", detail: Record<string, unknown>) => void;
