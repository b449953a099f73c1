import { mount, unmount } from "svelte";
import type { Given } from "./part";
import { dress } from "./sheet";
import UploadElement from "./UploadElement.svelte";

export { speak } from "../text";

export function show(root: ShadowRoot, { campaign, tell }: Given): () => void {
  const shown = mount(UploadElement, { target: dress(root), props: { slug: campaign, tell } });
  return () => void unmount(shown);
}
