import "../page.css";
import { mount } from "svelte";
import { applyTheme } from "../lib/theme";
import Review from "../review/ReviewPage.svelte";

applyTheme("dark"); // video is judged best in the dark
mount(Review, { target: document.body });
