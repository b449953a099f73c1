import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../lib/theme";
import FrontDoor from "../door/FrontDoor.svelte";
import { speakStaff } from "../text";

applyTheme();
await speakStaff();
mount(FrontDoor, { target: document.body });
