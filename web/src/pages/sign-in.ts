import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import SignIn from "../home/SignIn.svelte";
import { loadStaffLocale } from "../text";

applyTheme();
// The token of the link is removed from the address at once, as on the status page.
const given = new URLSearchParams(location.hash.slice(1));
const to = given.get("to") ?? new URLSearchParams(location.search).get("to") ?? "";
if (location.hash) history.replaceState(null, "", location.pathname + location.search);
await loadStaffLocale();
mount(SignIn, { target: document.body, props: { link: given.get("link") ?? "", to } });
