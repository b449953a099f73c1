import type { CoreTexts } from "./en";

export const text: CoreTexts = {
  name: "Storyreel",
  home: "Storyreel, Startseite",
  skip: "Zum Inhalt springen",
  language: "Sprache",
  offline: "Du bist offline. Sobald du wieder verbunden bist, geht es weiter.",
  loading: "Wird geladen…",
  more: "Mehr anzeigen",
  close: "Schließen",
  theme: { system: "Farben: wie das System", light: "Farben: hell", dark: "Farben: dunkel" },
  failure: {
    title: "Das hat nicht geklappt.",
    offlineTitle: "Keine Verbindung.",
    network: "Der Dienst ist nicht erreichbar. Prüfe deine Verbindung und versuch es noch einmal.",
    unknown: "Etwas ist schiefgegangen. Versuch es noch einmal.",
    instance: (id) => `Falls das Problem bleibt, nenne uns diese Kennung: ${id}`,
    retry: "Noch einmal versuchen",
  },
  campaign: {
    example: "Ein Beispiel ansehen",
    promise:
      "Du brauchst kein Konto. Mit einem privaten Link siehst du den Stand deiner Geschichte und kannst sie jederzeit zurückziehen.",
  },
  contribute: {
    video: "Dein Video",
    limits: (min, max, size) => `Zwischen ${min} und ${max} lang, höchstens ${size}. Jedes übliche Videoformat.`,
    record: "Jetzt aufnehmen",
    recordHere: "Auf dieser Seite aufnehmen",
    camera: "Jetzt ein Video aufnehmen",
    choose: "Datei wählen",
    gallery: "Aus meiner Galerie wählen",
    another: "Andere Datei wählen",
    drop: "oder zieh ein Video hierher",
    then: "Danach: der Song und deine Geschichte, ein wenig über dich und die Einwilligung.",
    formFirst: "Erst das ganze Formular ansehen",
    closed: "Diese Kampagne nimmt gerade keine Geschichten an.",
    yourName: "Name",
  },
  story: { about: (song) => `Über „${song}“` },
  feed: {
    title: "Geschichten",
    filter: "Filtern",
    empty: "Noch ist keine Geschichte veröffentlicht. Deine könnte die erste sein.",
    none: "Keine Geschichte passt. Versuch es mit weniger Filtern.",
    play: (title, by) => `${title} abspielen, ${by}`,
  },
};
