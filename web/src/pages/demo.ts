// A page around our elements, as a brand's would be.
import "../page.css";
import { mount } from "svelte";
import Demo from "../embed/Demo.svelte";
import { applyTheme } from "../browser/theme";
import { speakStaff } from "../text";

applyTheme();
await speakStaff();
mount(Demo, {
  target: document.body,
  props: { campaign: new URLSearchParams(location.search).get("campaign") ?? "thatsongwhen" },
});
