// Stores a recording piece by piece in the origin private file system, so that it
// survives a crash or a reload. Each piece is a file of its own: closed files are
// safe, and nothing is copied.
import { folderName, joinPieces, recordingFolder } from "./savedRecording";

export interface RecordingWriter {
  add(piece: Blob): void;
  /** The whole recording, once all pieces are written. */
  file(): Promise<File>;
}

const extension = (type: string) => (type.includes("mp4") ? "mp4" : type.includes("matroska") ? "mkv" : "webm");

/** Starts a recording of a MIME type; a stored one is discarded. */
export async function storeRecording(type: string): Promise<RecordingWriter> {
  await discardRecording();
  const dir = await recordingFolder(true);
  if (dir) void navigator.storage.persist();
  const ext = extension(type);
  const pieces: Blob[] = [];
  let writing = Promise.resolve();
  const write = async (piece: Blob, n: number) => {
    const handle = await dir?.getFileHandle(`${String(n).padStart(6, "0")}.${ext}`, { create: true });
    const out = await handle?.createWritable();
    await out?.write(piece);
    await out?.close();
  };
  return {
    add(piece) {
      const n = pieces.push(piece);
      writing = writing.then(() => write(piece, n)).catch(() => undefined); // disk full: the copy in memory remains
    },
    async file() {
      await writing;
      return joinPieces(pieces, ext);
    },
  };
}

export async function discardRecording(): Promise<void> {
  const root = await navigator.storage?.getDirectory?.().catch(() => undefined);
  await root?.removeEntry(folderName, { recursive: true }).catch(() => undefined); // it does not exist
}
