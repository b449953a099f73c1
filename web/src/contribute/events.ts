/** Reports progress to the page around an embedded element; never passes on the story's token. */
export type EmitEvent = (event: "progress" | "submitted" | "error", detail: Record<string, unknown>) => void;
