import { type StoryRef, Storyreel } from "@storyreel/client";

const reel = new Storyreel("https://stories.example.com");

/** Sends the rest of a file that the visitor has chosen again after a reload. */
export async function resume(file: File) {
  const ref = JSON.parse(localStorage.getItem("story")!) as StoryRef;
  const upload = await reel.resumeUpload(ref, file);
  return upload.send();
}
