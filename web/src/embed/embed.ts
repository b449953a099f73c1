// <storyreel-upload campaign="…"> and <storyreel-feed campaign="…">, from one
// script, for any page. Recorder and player load on first use.
import type { ElementModule } from "./elementModule";

abstract class StoryElement extends HTMLElement {
  #unmount: (() => void) | undefined;

  connectedCallback(): void {
    this.#mount().catch(() => this.#emit("error", { code: "network", detail: "" })); // no texts are loaded yet
  }

  async #mount(): Promise<void> {
    const content = await this.load();
    await content.loadLocale(this.getAttribute("lang"));
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    if (!this.isConnected || this.#unmount) return; // removed, or mounted twice, while loading
    this.#unmount = content.mountInto(root, {
      campaign: this.getAttribute("campaign") ?? "",
      hashtag: this.getAttribute("hashtag") ?? "",
      emit: (event, detail) => this.#emit(event, detail),
    });
  }

  #emit(event: string, detail: Record<string, unknown>): void {
    this.dispatchEvent(new CustomEvent(`storyreel:${event}`, { detail, bubbles: true, composed: true }));
  }

  disconnectedCallback(): void {
    this.#unmount?.();
    this.#unmount = undefined;
  }

  protected abstract load(): Promise<ElementModule>;
}

// Each element loads only its own content.
class UploadElement extends StoryElement {
  protected load = () => import("./upload");
}

class FeedElement extends StoryElement {
  protected load = () => import("./feed");
}

// A page may include the script twice.
if (!customElements.get("storyreel-upload")) customElements.define("storyreel-upload", UploadElement);
if (!customElements.get("storyreel-feed")) customElements.define("storyreel-feed", FeedElement);
