// Finds a recording in the origin private file system, where it stays until it
// has been uploaded. Separate from recordingStore, because it loads with the form.
const typeOf: Record<string, string> = { mp4: "video/mp4", mkv: "video/x-matroska", webm: "video/webm" };

/** Name of the folder that holds the recording's pieces. */
export const folderName = "take";

/** Undefined where there is no private file system: private windows and pages without TLS. */
export async function recordingFolder(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(folderName, { create });
  } catch {
    return undefined;
  }
}

/** Joins the pieces to one file. */
export const joinPieces = (pieces: Blob[], extension: string, lastModified?: number): File =>
  new File(pieces, `recording.${extension}`, { type: typeOf[extension], lastModified });

/** The recording that has not been uploaded yet, if any. */
export async function savedRecording(): Promise<File | undefined> {
  const dir = await recordingFolder(false);
  if (!dir) return undefined;
  const pieces: File[] = [];
  for await (const handle of dir.values())
    if (handle.kind === "file") pieces.push(await (handle as FileSystemFileHandle).getFile());
  pieces.sort((a, b) => a.name.localeCompare(b.name));
  const last = pieces.at(-1);
  return last && joinPieces(pieces, last.name.split(".")[1] ?? "webm", last.lastModified);
}
