import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import StoryPage from "../feed/StoryPage.svelte";
import { loadPageLocale } from "../text";

applyTheme();
const [, , id = "", player] = location.pathname.split("/");
await loadPageLocale();
mount(StoryPage, { target: document.body, props: { id, bare: player === "player" } });
