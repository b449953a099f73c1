/** The events of embedded elements; `web/packages/react/src/events.ts` has the types of their details. */
type ElementEvent = "progress" | "submitted" | "error" | "opened" | "played" | "shared" | "filtered";

/** Reports what happens to the page around an embedded element; never passes on the story's token. */
export type EmitEvent = (event: ElementEvent, detail: Record<string, unknown>) => void;
