/** Reports progress to the page around an embedded element; never passes on the story's token. */
export type EmitEvent = (event: "progress" | "submitted" | "error", detail: Record<string, unknown>) => void;

/** How far the form is: "starting" while the story is created, "sending" while its file is uploaded. */
export type Stage = "form" | "starting" | "sending" | "sent";
