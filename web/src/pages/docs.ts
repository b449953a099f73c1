import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import { loadStaffLocale } from "../text";

applyTheme();
const errors = location.pathname.startsWith("/docs/errors");
const page = errors ? import("../home/ErrorCodes.svelte") : import("../home/Docs.svelte");
await loadStaffLocale();
mount((await page).default, { target: document.body });
