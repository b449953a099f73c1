import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../browser/theme";
import Review from "../review/ReviewPage.svelte";
import { speakStaff } from "../text";

applyTheme("dark"); // video is judged best in the dark
await speakStaff();
mount(Review, { target: document.body });
