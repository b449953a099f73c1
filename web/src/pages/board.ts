import "../page.css";
import { mount } from "svelte";
import Board from "../board/BoardPage.svelte";
import { applyTheme } from "../lib/theme";

applyTheme();
mount(Board, { target: document.body });
