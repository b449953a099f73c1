import "../page.css";
import { mount } from "svelte";
import { recallInTab, rememberInTab } from "../browser/local";
import { applyTheme } from "../browser/theme";
import NoticePage from "../feed/NoticePage.svelte";
import { loadPageLocale } from "../text";

applyTheme();
const id = location.pathname.split("/")[2] ?? "";
// As of a private page: the token leaves the address before it is in a screenshot or a bookmark.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  rememberInTab(`notice.${id}`, given);
  history.replaceState(null, "", location.pathname);
}
await loadPageLocale();
mount(NoticePage, {
  target: document.body,
  props: { id, token: given ?? recallInTab<string>(`notice.${id}`) ?? "" },
});
