import { mount, unmount } from "svelte";
import Feed from "../feed/Feed.svelte";
import { attachStyles } from "./attachStyles";
import type { ElementProps } from "./elementModule";

export { loadLocale } from "../text";

export function mountInto(root: ShadowRoot, { campaign, hashtag }: ElementProps): () => void {
  const component = mount(Feed, { target: attachStyles(root), props: { campaign, hashtag } });
  return () => void unmount(component);
}
