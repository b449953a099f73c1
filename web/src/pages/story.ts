import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../lib/theme";
import StoryPage from "../share/StoryPage.svelte";
import { speakPage } from "../text";

applyTheme();
const [, , id = "", player] = location.pathname.split("/");
await speakPage();
mount(StoryPage, { target: document.body, props: { id, bare: player === "player" } });
