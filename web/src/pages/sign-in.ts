import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import SignIn from "../home/SignIn.svelte";
import { speakStaff } from "../text";

applyTheme();
// The link's token leaves the address at once, as a status link's does.
const given = new URLSearchParams(location.hash.slice(1));
const to = given.get("to") ?? new URLSearchParams(location.search).get("to") ?? "";
if (location.hash) history.replaceState(null, "", location.pathname + location.search);
await speakStaff();
mount(SignIn, { target: document.body, props: { link: given.get("link") ?? "", to } });
