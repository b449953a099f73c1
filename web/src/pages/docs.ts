import "../page.css";
import { mount } from "svelte";
import Docs from "../home/Docs.svelte";
import { applyTheme } from "../browser/theme";
import { loadStaffLocale } from "../text";

applyTheme();
await loadStaffLocale();
mount(Docs, { target: document.body });
