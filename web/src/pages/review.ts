import "../page.css";
import "../staff.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import Review from "../review/ReviewPage.svelte";
import { loadStaffLocale } from "../text";

applyTheme("dark"); // reviewing is easier in the dark
await loadStaffLocale();
mount(Review, { target: document.body });
