import { mount, unmount } from "svelte";
import type { Given } from "./part";
import { dress } from "./sheet";
import UploadElement from "./UploadElement.svelte";

export function show(root: ShadowRoot, { campaign, tell }: Given): () => void {
  dress(root);
  const shown = mount(UploadElement, { target: root, props: { slug: campaign, tell } });
  return () => void unmount(shown);
}
