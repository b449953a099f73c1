// German for the player of videos.
import type { player as english } from "./player.en";

export const player: typeof english = {
  frames: "Einzelbilder des Videos",
  jump: (time) => `Zu ${time} springen`,
  play: "Abspielen",
  pause: "Pause",
  position: "Stelle",
  at: (time, of) => `${time} von ${of}`,
  mute: "Ton aus",
  unmute: "Ton an",
  volume: "Lautstärke",
  captions: "Untertitel",
  noCaptions: "Keine Untertitel",
  full: "Vollbild",
  window: "Vollbild verlassen",
  failed: "Dieses Video lässt sich gerade nicht abspielen.",
};
