/** How far the form is: "starting" while the story is created, "sending" while its file is uploaded. */
export type Stage = "form" | "starting" | "sending" | "sent";
