// A recording, kept piece by piece on the browser's own disk, where it
// outlives a crash or a reload. Each piece is a file of its own: what is
// closed survives, and nothing is ever copied.
import { joined, takeFolder } from "./left";

export interface Keeper {
  add(piece: Blob): void;
  file(): Promise<File>;
}

const extension = (type: string) => (type.includes("mp4") ? "mp4" : type.includes("matroska") ? "mkv" : "webm");

export async function keepTake(type: string): Promise<Keeper> {
  await dropTake();
  const dir = await takeFolder(true);
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
      writing = writing.then(() => write(piece, n)).catch(() => undefined); // a full disk leaves the copy in memory
    },
    async file() {
      await writing;
      return joined(pieces, ext);
    },
  };
}

export async function dropTake(): Promise<void> {
  const root = await navigator.storage?.getDirectory?.().catch(() => undefined);
  await root?.removeEntry("take", { recursive: true }).catch(() => undefined); // there was none
}
