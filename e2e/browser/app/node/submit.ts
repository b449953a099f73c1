import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Storyreel } from "@storyreel/client";

const reel = new Storyreel("https://stories.example.com");
const campaign = await reel.campaign("thatsongwhen");
const form = campaign.release_forms![0]!; // show form.text; the contributor agrees to it
const story = await reel.uploadStory(
  campaign.slug,
  {
    contributor: { name: "Zoë" },
    song: { title: "Heroes", artist: "David Bowie" },
    release: { version: form.version, agreed: true, of_age: true, others_agreed: true },
  },
  await openAsBlob("clip.mp4", { type: "video/mp4" }),
  { onBegun: (ref) => writeFile("story.json", JSON.stringify(ref), { mode: 0o600 }) },
);
console.log(story.id);
