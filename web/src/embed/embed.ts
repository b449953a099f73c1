// <storyreel-upload campaign="…"> and <storyreel-feed campaign="…">, from one
// script, for any page. Recorder and player load on first use.
import type { ElementModule, Mounted } from "./elementModule";

const service = new URL(import.meta.url).origin;
/** The elements of the page that are connected; a change of language concerns all of them. */
const connected = new Set<StoryElement>();

abstract class StoryElement extends HTMLElement {
  #mounted: Mounted | undefined;
  #turn = 0; // of the latest render; an older one that is still loading gives up
  #rendered: Promise<void> = Promise.resolve();

  connectedCallback(): void {
    connected.add(this);
    this.render();
  }

  disconnectedCallback(): void {
    connected.delete(this);
    this.#turn++;
    this.#unmount();
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    // Before it is connected, and for the attributes it is created with, connectedCallback renders.
    if (before === now || !connected.has(this)) return;
    if (name === "lang") void this.#changeLanguage(now);
    else this.render();
  }

  /** Mounts the content anew, with the attributes as they are once all changes of this moment are made. */
  render(): void {
    const turn = ++this.#turn;
    this.#rendered = this.#mount(turn).catch((cause: unknown) => {
      if (turn === this.#turn) this.#fail(cause);
    });
  }

  /** Empties the form or closes the story that is open, and shows the element as at first. */
  reset(): void {
    this.#mounted?.reset();
  }

  async #changeLanguage(asked: string | null): Promise<void> {
    const content = await this.load().catch(() => undefined); // the script that renders reports it
    if (await content?.changeLocale(asked)) for (const element of connected) element.render();
  }

  async #mount(turn: number): Promise<void> {
    const content = await this.load();
    await content.loadLocale(this.getAttribute("lang"));
    if (turn !== this.#turn) return;
    this.#unmount();
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.#mounted = content.mountInto(root, {
      attributes: Object.fromEntries([...this.attributes].map(({ name, value }) => [name, value])),
      emit: (event, detail) => this.#emit(event, detail),
      ready: (failed) => this.#showChildren(failed),
    });
    // What a server wrote stays until there is something to show in its place.
    if (this.textContent?.trim()) root.append(document.createElement("slot"));
  }

  /** Shows the children beside a failure, and nothing of them once there is content. */
  #showChildren(show: boolean): void {
    const slot = this.shadowRoot?.querySelector("slot");
    if (slot) slot.hidden = !show;
  }

  /** The element cannot start: the page's children stay, or a link to the campaign's page takes their place. */
  #fail(cause: unknown): void {
    this.#emit("error", { code: "network", detail: "" }); // no texts are loaded yet
    console.error(`Storyreel: <${this.localName}> could not load its script. See ${service}/docs/embed`, cause);
    if (this.textContent?.trim() || this.shadowRoot) return;
    const link = document.createElement("a");
    link.href = `${service}/c/${this.getAttribute("campaign") ?? ""}`;
    link.textContent = link.href;
    this.attachShadow({ mode: "open" }).append(link);
  }

  #unmount(): void {
    this.#mounted?.unmount();
    this.#mounted = undefined;
  }

  #emit(event: string, detail: Record<string, unknown>): void {
    this.dispatchEvent(new CustomEvent(`storyreel:${event}`, { detail, bubbles: true, composed: true }));
  }

  /** The content once it is mounted; undefined where the element cannot start or has left the page. */
  protected async content(): Promise<Mounted | undefined> {
    for (let seen; seen !== this.#rendered; await seen) seen = this.#rendered;
    return this.#mounted;
  }

  protected abstract load(): Promise<ElementModule>;
}

// Each element loads only its own content.
class UploadElement extends StoryElement {
  static observedAttributes = ["campaign", "lang"];
  protected load = () => import("./upload");
}

class FeedElement extends StoryElement {
  static observedAttributes = ["campaign", "lang", "hashtag", "limit", "country", "sort", "layout"];
  protected load = () => import("./feed");

  /** Plays the story in a dialog, whether it is on the page of the feed or not; rejects where it is not public. */
  async open(id: string): Promise<void> {
    await (await this.content())?.open?.(id);
  }

  /** Loads the feed again from its start; resolves once it is shown. */
  async refresh(): Promise<void> {
    await (await this.content())?.refresh?.();
  }
}

/** The page's content policy blocked something that the elements asked for. */
function onViolation({ sourceFile, blockedURI, effectiveDirective }: SecurityPolicyViolationEvent): void {
  if (sourceFile.startsWith(service + "/"))
    import("./explain").then(
      (m) => m.blocked(blockedURI, effectiveDirective),
      () => undefined, // blocked, too; the element that cannot start reports it
    );
}

// A page may include the script twice.
if (!customElements.get("storyreel-feed")) {
  document.addEventListener("securitypolicyviolation", onViolation);
  customElements.define("storyreel-upload", UploadElement);
  customElements.define("storyreel-feed", FeedElement);
}
