import "../page.css";
import { mount } from "svelte";
import Docs from "../door/Docs.svelte";
import { applyTheme } from "../lib/theme";

applyTheme();
mount(Docs, { target: document.body });
