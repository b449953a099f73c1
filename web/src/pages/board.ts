import "../page.css";
import { mount } from "svelte";
import Board from "../board/BoardPage.svelte";
import { applyTheme } from "../browser/theme";
import { speakStaff } from "../text";

applyTheme();
await speakStaff();
mount(Board, { target: document.body });
