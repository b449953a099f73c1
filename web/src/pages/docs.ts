import "../page.css";
import { mount } from "svelte";
import Docs from "../home/Docs.svelte";
import { applyTheme } from "../browser/theme";
import { speakStaff } from "../text";

applyTheme();
await speakStaff();
mount(Docs, { target: document.body });
