import "../page.css";
import { mount } from "svelte";
import Docs from "../door/Docs.svelte";
import { applyTheme } from "../lib/theme";
import { speakStaff } from "../text";

applyTheme();
await speakStaff();
mount(Docs, { target: document.body });
