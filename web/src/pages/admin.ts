import "../page.css";
import "../staff.css";
import { mount } from "svelte";
import Admin from "../admin/AdminPage.svelte";
import { applyTheme } from "../browser/theme";
import { loadStaffLocale } from "../text";

applyTheme();
await loadStaffLocale();
mount(Admin, { target: document.body });
