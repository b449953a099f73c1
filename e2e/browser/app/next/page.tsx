import { StoryreelFeed } from "@storyreel/react";
import { Contribute } from "./Contribute";

const origin = "https://stories.example.com";

export default function Page() {
  return (
    <main>
      <Contribute campaign="thatsongwhen" origin={origin} />
      <StoryreelFeed campaign="thatsongwhen" origin={origin}>
        <p>The stories are loading.</p>
      </StoryreelFeed>
    </main>
  );
}
