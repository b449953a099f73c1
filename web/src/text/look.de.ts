import type { DeepPartial } from "./merge";
import type { StaffTexts } from "./staff.en";

export const look: DeepPartial<StaffTexts["admin"]["look"]> = {
  legend: "Aussehen",
  hint: "Auf der Seite der Kampagne, den Seiten ihrer Geschichten und den privaten Seiten der Teilnehmenden. Leere Felder lassen das Aussehen des Produkts.",
  accent: "Akzentfarbe",
  accentHint: "Von Knöpfen und Markierungen.",
  accentDark: "Akzentfarbe auf dunklen Seiten",
  accentDarkHint: "Leer: die Akzentfarbe, so weit aufgehellt wie nötig.",
  pick: (label) => `${label} wählen`,
  preview: "Vorschau",
  button: "Meine Geschichte senden",
  pages: { light: "Hell", dark: "Dunkel" },
  ratio: (ratio) => `${ratio} zu 1 mit der Seite`,
  tooLow: (needed) => `(nötig ist mindestens ${needed} zu 1)`,
  onIt: (ratio) => `Text darauf ${ratio} zu 1`,
  faint: (ratio, needed) =>
    `Der Kontrast mit der Seite ist ${ratio} zu 1; nötig ist mindestens ${needed} zu 1, damit sie zu sehen ist.`,
  font: "Schrift",
  fonts: {
    "": "Die des Produkts",
    system: "Die des Geräts",
    serif: "Mit Serifen",
    rounded: "Gerundet",
    mono: "Schreibmaschine",
  },
  logo: "Logo",
  logoHint: "https-Adresse eines Bildes. Es sollte auf hellen und dunklen Seiten zu sehen sein.",
  cover: "Titelbild",
  coverHint: "Ebenso, ein breites Bild über dem Titel. Seine Ränder können abgeschnitten sein.",
  logoAlt: "Was das Logo zeigt",
  logoAltHint: "Für alle, die es nicht sehen, etwa der Name der Marke. Leer: der Titel.",
  example: "Beispiel",
  exampleHint: "Kennung einer veröffentlichten Geschichte, die man vor der eigenen Aufnahme ansehen kann.",
  thanks: "Dank",
  thanksHint: "Erscheint, wenn eine Geschichte gesendet ist.",
};
