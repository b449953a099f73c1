import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import StoryPage from "../feed/StoryPage.svelte";
import { loadPageLocale } from "../text";

applyTheme();
const [, , id = "", player] = location.pathname.split("/");
await loadPageLocale();
// Reloaded while it was open over a campaign: the entries before belong to that page.
addEventListener("popstate", () => location.reload());
mount(StoryPage, { target: document.body, props: { id, bare: player === "player" } });
