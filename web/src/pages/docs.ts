// The pages of the documentation come from the service as they are shown; this
// adds the choice of a theme, and the list of error codes.
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import { language, loadStaffLocale } from "../text";
import ThemeButton from "../ui/ThemeButton.svelte";

applyTheme();
await loadStaffLocale();
const theme = document.getElementById("theme");
if (theme) {
  theme.lang = language;
  mount(ThemeButton, { target: theme });
}
const place = document.querySelector<HTMLElement>('[data-part="errors"]');
if (place) {
  const { default: ErrorCodes } = await import("../home/ErrorCodes.svelte");
  place.replaceChildren();
  place.lang = language;
  mount(ErrorCodes, { target: place });
}
