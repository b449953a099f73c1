import { recall, remember } from "../lib/local";

/** How one person wants to review: quiet and still until they choose otherwise. */
export class Preferences {
  muted = $state(true);
  autoplay = $state(false);
  blur = $state(false);
  grey = $state(false);
  keys = $state(true);

  constructor() {
    Object.assign(this, recall<Partial<Preferences>>("review"));
  }

  flip(name: "muted" | "autoplay" | "blur" | "grey" | "keys"): void {
    this[name] = !this[name];
    const { muted, autoplay, blur, grey, keys } = this;
    remember("review", { muted, autoplay, blur, grey, keys });
  }
}
