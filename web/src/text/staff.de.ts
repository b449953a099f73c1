import type { Some } from "./laid";
import type { Staff } from "./staff.en";

export const staff: Some<Staff> = {
  nav: { label: "Räume", review: "Moderation", board: "Auswahl", admin: "Verwaltung", docs: "API", leave: "Abmelden" },
};
