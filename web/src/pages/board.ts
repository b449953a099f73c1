import "../page.css";
import "../staff.css";
import { mount } from "svelte";
import Board from "../board/BoardPage.svelte";
import { applyTheme } from "../browser/theme";
import { loadStaffLocale } from "../text";

applyTheme();
await loadStaffLocale();
mount(Board, { target: document.body });
