// The pages of the documentation come from the service as they are shown; this
// adds the choice of a theme, and the two lists that pages ask for.
import { type Component, mount } from "svelte";
import { applyTheme } from "../browser/theme";
import { language, loadStaffLocale } from "../text";
import ThemeButton from "../ui/ThemeButton.svelte";

const parts: Record<string, () => Promise<{ default: Component }>> = {
  reference: () => import("../home/Reference.svelte"),
  errors: () => import("../home/ErrorCodes.svelte"),
};

applyTheme();
await loadStaffLocale();
const theme = document.getElementById("theme");
if (theme) {
  theme.lang = language;
  mount(ThemeButton, { target: theme });
}
const place = document.getElementById("part");
const part = parts[place?.dataset.part ?? ""];
if (place && part) {
  place.replaceChildren();
  place.lang = language;
  mount((await part()).default, { target: place });
}
