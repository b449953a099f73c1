import { mount, unmount } from "svelte";
import Feed from "../feed/Feed.svelte";
import type { Given } from "./part";
import { dress } from "./sheet";

export { speak } from "../text";

export function show(root: ShadowRoot, { campaign, hashtag }: Given): () => void {
  const shown = mount(Feed, { target: dress(root), props: { campaign, hashtag } });
  return () => void unmount(shown);
}
