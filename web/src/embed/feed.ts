import { mount, unmount } from "svelte";
import Feed from "../feed/Feed.svelte";
import type { Given } from "./part";
import { dress } from "./sheet";

export function show(root: ShadowRoot, { campaign, hashtag }: Given): () => void {
  dress(root);
  const shown = mount(Feed, { target: root, props: { campaign, hashtag } });
  return () => void unmount(shown);
}
