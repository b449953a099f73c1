import "../page.css";
import "../staff.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import Account from "../home/Account.svelte";
import { loadStaffLocale } from "../text";

applyTheme();
await loadStaffLocale();
mount(Account, { target: document.body });
