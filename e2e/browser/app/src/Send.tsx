import { Storyreel, StoryreelError, type Submission, type Upload } from "@storyreel/client";
import { useRef, useState } from "react";

const reel = new Storyreel("https://stories.example.com");

/** A form of your own; the release is what the contributor agreed to there. */
export function Send({ campaign, submission }: { campaign: string; submission: Submission }) {
  const [status, setStatus] = useState("");
  const upload = useRef<Upload | undefined>(undefined);

  async function send(file: File) {
    try {
      const begun = await reel.beginUpload(campaign, submission, file);
      upload.current = begun;
      localStorage.setItem("story", JSON.stringify(begun.ref)); // resumes the upload after a reload
      await begun.send({ onProgress: ({ sent, total }) => setStatus(`${Math.round((100 * sent) / total)} %`) });
      const story = await reel.waitFor(begun.ref, "in_review", { onStory: ({ state }) => setStatus(state) });
      setStatus(`Your story ${story.id} waits for a decision.`);
    } catch (cause) {
      setStatus(cause instanceof StoryreelError ? cause.detail : String(cause));
    }
  }

  return (
    <>
      <input type="file" accept="video/*" onChange={({ target }) => target.files?.[0] && void send(target.files[0])} />
      <button onClick={() => upload.current?.pause()}>Pause</button>
      <button onClick={() => upload.current?.resume()}>Go on</button>
      <output>{status}</output>
    </>
  );
}
