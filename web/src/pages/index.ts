import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import FrontPage from "../home/FrontPage.svelte";
import { loadStaffLocale } from "../text";

applyTheme();
await loadStaffLocale();
mount(FrontPage, { target: document.body });
