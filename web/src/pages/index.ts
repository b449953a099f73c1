import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import FrontDoor from "../home/FrontDoor.svelte";
import { speakStaff } from "../text";

applyTheme();
await speakStaff();
mount(FrontDoor, { target: document.body });
