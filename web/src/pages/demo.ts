// A page with the embedded elements, as a brand would use them.
import "../page.css";
import { mount } from "svelte";
import Demo from "../embed/Demo.svelte";
import { applyTheme } from "../browser/theme";
import { loadStaffLocale } from "../text";

applyTheme();
await loadStaffLocale();
mount(Demo, {
  target: document.body,
  props: { campaign: new URLSearchParams(location.search).get("campaign") ?? "thatsongwhen" },
});
