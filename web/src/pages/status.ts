import "../page.css";
import { mount } from "svelte";
import { recallInTab, rememberInTab } from "../browser/local";
import { sentStory } from "../browser/sentStories";
import { applyTheme } from "../browser/theme";
import StatusPage from "../status/StatusPage.svelte";
import { loadPageLocale } from "../text";

applyTheme();
const id = location.pathname.split("/")[2] ?? "";
// The token is removed from the address first, so that it does not end up in a
// screenshot, a bookmark or the history.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  rememberInTab(`token.${id}`, given);
  history.replaceState(null, "", location.pathname);
}
await loadPageLocale();
const token = given ?? recallInTab<string>(`token.${id}`) ?? sentStory(id)?.token ?? "";
mount(StatusPage, { target: document.body, props: { id, token } });
