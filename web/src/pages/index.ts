import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../lib/theme";
import FrontDoor from "../door/FrontDoor.svelte";

applyTheme();
mount(FrontDoor, { target: document.body });
