import { api, type Campaign, unwrap } from "./client";

/** Campaigns by slug that were read, or are being read: each story that is opened asks for its own. */
const known = new Map<string, Promise<Campaign>>();

/** The campaign, read once; a failed read is repeated by the next caller. */
export function readCampaign(slug: string): Promise<Campaign> {
  let found = known.get(slug);
  if (!found) {
    found = unwrap(api.GET("/v1/campaigns/{campaign}", { params: { path: { campaign: slug } } }));
    known.set(slug, found);
    found.catch(() => known.delete(slug));
  }
  return found;
}
