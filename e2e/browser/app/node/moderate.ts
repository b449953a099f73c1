import { Storyreel } from "@storyreel/client";

const reel = new Storyreel("https://stories.example.com", { key: process.env.STORYREEL_KEY! });
for await (const story of reel.queue({ campaign: "thatsongwhen" })) {
  const { state } = await reel.decide(story.id, { action: "approve" });
  console.log(story.song.title, state);
}
