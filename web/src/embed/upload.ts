import { mount, unmount } from "svelte";
import { attachStyles } from "./attachStyles";
import type { ElementProps, Mounted } from "./elementModule";
import UploadElement from "./UploadElement.svelte";

export { changeLocale, loadLocale } from "../text";

export function mountInto(root: ShadowRoot, { attributes, emit, ready }: ElementProps): Mounted {
  const slug = attributes.campaign ?? "";
  const component = mount(UploadElement, { target: attachStyles(root, slug), props: { slug, emit, ready } });
  return { unmount: () => void unmount(component), reset: () => component.reset() };
}
