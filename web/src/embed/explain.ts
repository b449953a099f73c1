// Why an element does not work on its page: a sentence for visitors, and a line with the remedy for the page's
// developers. Loads when something failed.
import type { EmitEvent } from "../lib/emit";
import { failed, type Failure, failureOf, origin, policyBlocks } from "../lib/client";
import { text, withTexts } from "../text";

const reported = new Set<string>();

/** Writes to the console once for each cause. */
function report(cause: string, remedy: string, section: string): void {
  if (reported.has(cause)) return;
  reported.add(cause);
  console.error(`Storyreel: ${cause} ${remedy} See ${origin}/docs/embed#${section}`);
}

/** The page's content policy blocked what a directive is for; where it is a connection, calls fail because of it. */
export function blocked(uri: string, directive: string): void {
  if (directive === "connect-src") policyBlocks();
  const host = URL.canParse(uri) ? new URL(uri).origin : uri; // a kind, such as "blob"
  report(`the page's content policy blocks ${host}.`, `Add it to ${directive}.`, "content-security-policy");
}

/** A failed read of a campaign in the visitor's language; reports it as an event, and to developers. */
export async function explained(cause: unknown, campaign: string, emit: EmitEvent): Promise<Failure> {
  await withTexts(Promise.resolve());
  let failure = failureOf(cause);
  if (failure.status === 404 || failure.status === 422) {
    failure = failed({ ...failure, instance: "", detail: text.embed.unknown });
    const named = JSON.stringify(campaign);
    report(`there is no campaign ${named} at ${origin}.`, "Check the element's attributes.", "attributes");
  } else if (failure.code === "network") {
    failure = failed({ code: "network" }); // again, since the report of a blocked connection follows its failure
  }
  emit("error", { code: failure.code, detail: failure.message });
  return failure;
}

/** The failure where the service takes no stories from the page's website. */
export async function refused(emit: EmitEvent): Promise<Failure> {
  await withTexts(Promise.resolve());
  const { origin: site } = location;
  report(`the campaign takes no stories from ${site}.`, "Add it to the campaign's origins.", "allow-the-website");
  const failure = failed({ code: "campaign.origin", status: 403, detail: text.embed.unlisted });
  emit("error", { code: failure.code, detail: failure.message });
  return failure;
}
