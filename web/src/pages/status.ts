import "../page.css";
import { mount } from "svelte";
import { recallHere, rememberHere } from "../browser/local";
import { applyTheme } from "../browser/theme";
import StatusPage from "../status/StatusPage.svelte";
import { speakPage } from "../text";

applyTheme();
const id = location.pathname.split("/")[2] ?? "";
// The token leaves the address before anything else happens: it must not be
// shared with a screenshot, a bookmark or the history.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  rememberHere(`token.${id}`, given);
  history.replaceState(null, "", location.pathname);
}
await speakPage();
mount(StatusPage, { target: document.body, props: { id, token: given ?? recallHere<string>(`token.${id}`) ?? "" } });
