// Where a recording waits in the origin's private file system until it has
// been sent, and how what was left there is found again.
const typeOf: Record<string, string> = { mp4: "video/mp4", mkv: "video/x-matroska", webm: "video/webm" };

export async function takeFolder(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle("take", { create });
  } catch {
    return undefined; // private windows and pages without TLS have none
  }
}

/** One file of the pieces. */
export const joined = (pieces: Blob[], extension: string, lastModified?: number): File =>
  new File(pieces, `recording.${extension}`, { type: typeOf[extension], lastModified });

/** The take that has not been sent yet, if any. */
export async function leftTake(): Promise<File | undefined> {
  const dir = await takeFolder(false);
  if (!dir) return undefined;
  const found: File[] = [];
  for await (const handle of dir.values())
    if (handle.kind === "file") found.push(await (handle as FileSystemFileHandle).getFile());
  found.sort((a, b) => a.name.localeCompare(b.name));
  const last = found.at(-1);
  return last && joined(found, last.name.split(".")[1] ?? "webm", last.lastModified);
}
