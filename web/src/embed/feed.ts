import { mount, unmount } from "svelte";
import Feed from "../feed/Feed.svelte";
import { attachStyles } from "./attachStyles";
import type { ElementProps, Mounted } from "./elementModule";

export { changeLocale, loadLocale } from "../text";

export function mountInto(root: ShadowRoot, { attributes: a, emit, ready }: ElementProps): Mounted {
  const campaign = a.campaign ?? "";
  const component = mount(Feed, {
    target: attachStyles(root, campaign),
    props: {
      campaign,
      hashtag: a.hashtag,
      limit: Math.min(Math.max(Math.trunc(Number(a.limit)), 0), 100) || undefined,
      within: a.country?.toUpperCase(),
      sort: a.sort === "oldest" ? "oldest" : undefined,
      row: a.layout === "row",
      emit,
      ready,
      explain: async (cause) => (await import("./explain")).explained(cause, campaign, emit),
    },
  });
  return {
    unmount: () => void unmount(component),
    open: (id) => component.openStory(id),
    refresh: () => component.refresh(),
    reset: () => component.reset(),
  };
}
