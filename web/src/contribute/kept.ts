// A recording, kept piece by piece in the origin's private file system, where
// it outlives a crash or a reload until it has been sent. Each piece is a file
// of its own: what is closed survives, and nothing is ever copied.

export interface Keeper {
  add(piece: Blob): void;
  file(): Promise<File>;
}

const extension = (type: string) => (type.includes("mp4") ? "mp4" : type.includes("matroska") ? "mkv" : "webm");
const typeOf: Record<string, string> = { mp4: "video/mp4", mkv: "video/x-matroska", webm: "video/webm" };

async function folder(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle("take", { create });
  } catch {
    return undefined; // private windows and pages without TLS have none
  }
}

export async function keepTake(type: string): Promise<Keeper> {
  await dropTake();
  const dir = await folder(true);
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
      return new File(pieces, `recording.${ext}`, { type: typeOf[ext] });
    },
  };
}

/** The take that has not been sent yet, if any. */
export async function leftTake(): Promise<File | undefined> {
  const dir = await folder(false);
  if (!dir) return undefined;
  const found: File[] = [];
  for await (const handle of dir.values()) if (handle.kind === "file") found.push(await (handle as FileSystemFileHandle).getFile());
  found.sort((a, b) => a.name.localeCompare(b.name));
  const last = found.at(-1);
  if (!last) return undefined;
  const ext = last.name.split(".")[1] ?? "webm";
  return new File(found, `recording.${ext}`, { type: typeOf[ext], lastModified: last.lastModified });
}

export async function dropTake(): Promise<void> {
  const root = await navigator.storage?.getDirectory?.().catch(() => undefined);
  await root?.removeEntry("take", { recursive: true }).catch(() => undefined); // there was none
}
