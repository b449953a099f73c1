// Many stories, made inside the service's database: copies of one that went its way. They share its files; song, title,
// name and country tell them apart.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

const pad = (n) => String(n).padStart(12, "0");

/** Column by column, what a copy has instead of the original's value; `i` is its number. */
const own = {
  id: `printf('01a00000-0000-7000-8000-%012d', i)`,
  title: `printf('Story %05d', i)`,
  song: `json_object('title', printf('Song %03d', i % 250), 'artist', printf('Artist %02d', i % 40))`,
  song_fold: `printf('song %03d', i % 250)`,
  artist_fold: `printf('artist %02d', i % 40)`,
  name: `printf('Name %05d', i)`,
  country: `substr('DEESFRGBITMXNGPLSEUS', 1 + 2 * (i % 10), 2)`,
  published_at: `CASE WHEN published_at > 0 THEN published_at - i * 1000000 ELSE 0 END`,
};

/** The id of copy number `i`; the higher, the older. */
export const copyId = (i) => `01a00000-0000-7000-8000-${pad(i)}`;

/**
 * Adds `n` copies of a story while the service is stopped; it counts and lists them when it starts. Their numbers begin
 * after `after`; `each` has further columns, as SQL.
 */
export async function copyStories(service, story, n, { after = 0, each = {} } = {}) {
  const sql = async (...statements) =>
    (await run("sqlite3", ["-bail", service.database, statements.join(";\n")])).stdout;
  await service.whileStopped(async () => {
    const columns = (await sql(`SELECT name FROM pragma_table_info('stories')`)).trim().split("\n");
    const values = columns.map((c) => each[c] ?? own[c] ?? c);
    await sql(
      "BEGIN IMMEDIATE",
      `WITH RECURSIVE n(i) AS (SELECT ${after + 1} UNION ALL SELECT i + 1 FROM n WHERE i < ${after + n})
       INSERT INTO stories (${columns.join(", ")}) SELECT ${values.join(", ")} FROM n, stories WHERE id = '${story}'`,
      `UPDATE fills SET done = 0, at = '', last = ''`,
      "COMMIT",
    );
  });
}
