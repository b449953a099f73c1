import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import SignIn from "../home/SignIn.svelte";
import { loadStaffLocale } from "../text";

applyTheme();
// The token of the link, or what the sign-in service answered, is removed from the address at once, as on the
// status page.
const given = new URLSearchParams(location.hash.slice(1));
const query = new URLSearchParams(location.search);
const to = given.get("to") ?? query.get("to") ?? "";
const state = query.get("state");
const code = query.get("code");
if (location.hash || state)
  history.replaceState(null, "", location.pathname + (to ? `?to=${encodeURIComponent(to)}` : ""));
addEventListener("hashchange", () => location.reload()); // a link opened in the tab of this page
await loadStaffLocale();
mount(SignIn, {
  target: document.body,
  props: {
    link: given.get("link") ?? "",
    to,
    answer: state && code ? { state, code } : undefined,
    refused: Boolean(state && !code),
  },
});
