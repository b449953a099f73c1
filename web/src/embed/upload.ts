import { mount, unmount } from "svelte";
import { attachStyles } from "./attachStyles";
import type { ElementProps } from "./elementModule";
import UploadElement from "./UploadElement.svelte";

export { loadLocale } from "../text";

export function mountInto(root: ShadowRoot, { campaign, emit }: ElementProps): () => void {
  const component = mount(UploadElement, { target: attachStyles(root), props: { slug: campaign, emit } });
  return () => void unmount(component);
}
