import "../page.css";
import { mount } from "svelte";
import Admin from "../admin/AdminPage.svelte";
import { applyTheme } from "../lib/theme";

applyTheme();
mount(Admin, { target: document.body });
