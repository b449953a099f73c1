import { StoryreelFeed, StoryreelUpload } from "@storyreel/react";
import { useState } from "react";

const origin = "https://stories.example.com";

export function Stories({ campaign }: { campaign: string }) {
  const [sent, setSent] = useState("");
  return (
    <>
      <StoryreelUpload
        campaign={campaign}
        origin={origin}
        onSubmitted={({ story }) => setSent(story)}
        onError={({ code, detail }) => console.error(code, detail)}
      >
        <p>The form is loading.</p>
      </StoryreelUpload>
      {sent && <p>Thank you! Your story is {sent}.</p>}
      <StoryreelFeed campaign={campaign} origin={origin} style={{ "--marker": "#1db3a5" }} />
    </>
  );
}
