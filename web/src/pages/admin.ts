import "../page.css";
import { mount } from "svelte";
import Admin from "../admin/AdminPage.svelte";
import { applyTheme } from "../browser/theme";
import { speakStaff } from "../text";

applyTheme();
await speakStaff();
mount(Admin, { target: document.body });
