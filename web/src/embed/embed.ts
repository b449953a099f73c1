// <storyreel-upload campaign="…"> and <storyreel-feed campaign="…">, from one
// script, for any page. Recorder and player load when they are first used.
import type { Part } from "./part";

abstract class StoryElement extends HTMLElement {
  #leave: (() => void) | undefined;

  connectedCallback(): void {
    this.#enter().catch(() => this.#tell("error", { code: "network", detail: "" })); // there are no words of ours yet
  }

  async #enter(): Promise<void> {
    const part = await this.load();
    await part.speak(this.getAttribute("lang"));
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    if (!this.isConnected || this.#leave) return; // taken out again meanwhile
    this.#leave = part.show(root, {
      campaign: this.getAttribute("campaign") ?? "",
      hashtag: this.getAttribute("hashtag") ?? "",
      tell: (event, detail) => this.#tell(event, detail),
    });
  }

  #tell(event: string, detail: Record<string, unknown>): void {
    this.dispatchEvent(new CustomEvent(`storyreel:${event}`, { detail, bubbles: true, composed: true }));
  }

  disconnectedCallback(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  protected abstract load(): Promise<Part>;
}

// Each element brings only its own half, when it is first on a page.
class UploadTag extends StoryElement {
  protected load = () => import("./upload");
}

class FeedTag extends StoryElement {
  protected load = () => import("./feed");
}

// A page may hold the script twice.
if (!customElements.get("storyreel-upload")) customElements.define("storyreel-upload", UploadTag);
if (!customElements.get("storyreel-feed")) customElements.define("storyreel-feed", FeedTag);
