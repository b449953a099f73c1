// The pages of the documentation come from the service as they are shown; this
// adds the choice of a theme, the list of error codes, and the forms that send an operation.
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import { language, loadStaffLocale } from "../text";
import { loadReferenceTexts, reference } from "../text/reference";
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

/** A button that opens the form of the operation; the form's code is loaded when a first one is opened. */
function addButton(place: HTMLElement) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = reference.open;
  button.setAttribute("aria-label", reference.openOf(place.dataset.name ?? ""));
  button.setAttribute("aria-expanded", "false");
  const failure = document.createElement("p");
  failure.setAttribute("role", "status");
  button.addEventListener("click", () => {
    failure.textContent = "";
    import("../reference/open")
      .then(({ toggle }) => toggle(place, button))
      .catch(() => (failure.textContent = reference.failed));
  });
  place.lang = language;
  place.append(button, failure);
}
const places = document.querySelectorAll<HTMLElement>("[data-operation]");
if (places.length) {
  await loadReferenceTexts();
  places.forEach(addButton);
}
