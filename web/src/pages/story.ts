import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../lib/theme";
import StoryPage from "../share/StoryPage.svelte";

applyTheme();
const [, , id = "", player] = location.pathname.split("/");
mount(StoryPage, { target: document.body, props: { id, bare: player === "player" } });
