import type { DeepPartial } from "./merge";
import type { StaffTexts } from "./staff.en";

export const standing: DeepPartial<StaffTexts["admin"]["standing"]> = {
  title: "Anhalten, archivieren, duplizieren",
  is: {
    live: "Sie nimmt in ihrem Zeitraum Geschichten an.",
    paused: "Sie ist angehalten: Sie nimmt keine Geschichten an, ihr Feed bleibt.",
    archived: "Sie ist archiviert: Sie nimmt keine Geschichten an und fehlt in Listen, ihr Feed bleibt.",
  },
  short: { paused: "angehalten", archived: "archiviert" },
  resume: "Fortsetzen",
  pause: "Anhalten",
  archive: "Archivieren",
  duplicate: "Duplizieren",
  copySlug: "Adresse des Duplikats",
  copyHint: "Es bekommt Einstellungen, Einwilligungen und Mailtexte, aber keine Geschichten.",
  saved: "Gespeichert.",
  duplicated: "Dupliziert.",
  showArchived: "Archivierte Kampagnen zeigen",
};
