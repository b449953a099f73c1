import type { Submission } from "@storyreel/client";
import { Send } from "./Send";
import { Stories } from "./Stories";

const submission: Submission = {
  contributor: { name: "Zoë" },
  song: { title: "Heroes", artist: "David Bowie" },
  release: { version: 1, agreed: true, of_age: true, others_agreed: true },
};

export function App({ campaign }: { campaign: string }) {
  return (
    <>
      <h1>Brand</h1>
      <Stories campaign={campaign} />
      <Send campaign={campaign} submission={submission} />
    </>
  );
}
