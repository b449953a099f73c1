import "../page.css";
import { mount } from "svelte";
import Campaign from "../contribute/CampaignPage.svelte";
import { applyTheme } from "../browser/theme";
import { loadPageLocale } from "../text";

applyTheme();
await loadPageLocale();
document.getElementById("opening")?.remove();
mount(Campaign, {
  target: document.body,
  props: {
    slug: decodeURIComponent(location.pathname.split("/")[2] ?? ""),
    sent: document.getElementById("campaign")?.textContent || undefined, // by the service, with the page
  },
});
