// The lines that put a campaign's elements on a website.
import { origin } from "./client";

/** The elements that a website may show. */
export type Shows = "both" | "upload" | "feed";

export interface EmbedOptions {
  campaign: string; // slug
  shows?: Shows;
  /** Attributes of the elements; empty ones are left out. `lang` goes to both, the others to the feed. */
  attributes?: Readonly<Record<string, string>>;
  /** Declarations of CSS for the elements, by property; empty ones are left out. */
  properties?: Readonly<Record<string, string>>;
}

const quoted = (value: string) => value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** HTML to be copied; `link` is the words of the link that stands where the form cannot start. */
export function embedCode(link: string, { campaign, shows = "both", attributes = {}, properties = {} }: EmbedOptions) {
  const write = (names: string[]) =>
    names
      .filter((name) => attributes[name])
      .map((name) => ` ${name}="${quoted(attributes[name]!)}"`)
      .join("");
  const slug = ` campaign="${quoted(campaign)}"`;
  const lines = [`<script type="module" crossorigin src="${origin}/embed.js"></` + "script>"];
  if (shows !== "feed")
    lines.push(
      `<storyreel-upload${slug}${write(["lang"])}>`,
      `  <a href="${origin}/c/${encodeURIComponent(campaign)}">${quoted(link)}</a>`,
      "</storyreel-upload>",
    );
  if (shows !== "upload") lines.push(`<storyreel-feed${slug}${write(Object.keys(attributes))}></storyreel-feed>`);
  const set = Object.entries(properties).filter(([, value]) => value);
  if (set.length) {
    const elements = ["upload", "feed"].filter((e) => shows === "both" || shows === e).map((e) => `storyreel-${e}`);
    lines.push("<style>", `  ${elements.join(", ")} {`, ...set.map(([k, v]) => `    ${k}: ${v};`), "  }", "</style>");
  }
  return lines.join("\n");
}
