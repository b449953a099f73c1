package store_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/caption"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

// rareWords stand in one field each.
var rareWords = map[string]string{
	"name": "qzname", "e-mail": "qzmail", "title": "qztitle", "text": "qztext", "song": "qzsong", "artist": "qzartist",
	"answer": "qzanswer", "caption": "qzcaption", "file name": "qzfile", "moderator's note": "qznote", "tag": "qztag",
	"vote": "qzvote", "shortlist": "qzlisted", "selection": "qzslot", "error": "qzerror", "address": "198.51.100.77",
	"label": "qzlabel", "link": "qzlink", "message": "qzmessage", "former text": "qzformer",
}

// eraseOne publishes a story with every rare word among others, and erases it.
func eraseOne(t *testing.T, db *store.Store, before func()) {
	c := newCampaign(t, db)
	w := rareWords
	fill := func(s *story.Story) {
		s.Contributor.Name, s.Contributor.Email = "Anna Qz"+w["name"][2:], w["e-mail"]+"@example.com"
		s.Title, s.Text = "My "+w["title"], strings.Repeat("long text ", 900)+w["text"]
		s.Song = story.Song{Title: w["song"], Artist: w["artist"], Link: "https://example.com/" + w["link"]}
		s.Answers = []campaign.Answer{{ID: "why", Label: "Why?", Value: w["answer"]}}
		s.Upload.FileName, s.Release.Address = w["file name"]+".mp4", w["address"]
	}
	other := func(i int) {
		published(t, db, c, start.Add(time.Duration(i)*time.Second), func(s *story.Story) {
			s.Text = strings.Repeat("someone else's story ", i)
			s.Contributor.Name = fmt.Sprintf("Person %d", i)
		})
	}
	for i := range 80 {
		other(i)
	}
	st := published(t, db, c, start.Add(time.Minute/2+time.Millisecond), fill)
	vtt := "WEBVTT\n\n00:00.000 --> 00:01.000\nA " + w["caption"] + "\n"
	require.NoError(t, db.PutCaption(ctx, &caption.Track{
		Story: st.ID, Locale: "en", Label: w["label"], VTT: vtt, Version: "1", By: ana, At: start,
	}))
	tag(t, db, c, st.ID, ana, w["tag"])
	require.NoError(t, db.PutVote(ctx, board.Vote{
		Campaign: c.ID, Story: st.ID, By: ana, Value: 1, Reason: w["vote"], At: start,
	}))
	for _, list := range []string{c.ID, newList(t, db, c)} {
		listed(t, db, board.Candidate{
			Campaign: c.ID, List: list, Story: st.ID, Note: w["shortlist"], By: ana, At: start,
		})
	}
	_, err := db.AddPick(ctx, board.Pick{
		Campaign: c.ID, Slot: "a", Story: st.ID, Note: w["selection"], By: ana, At: start,
	})
	require.NoError(t, err)
	require.NoError(t, db.RecordAttempt(ctx, &attempt.Record{Story: st.ID, Attempt: 1, Error: w["error"]}))
	for name, query := range map[string]string{
		"the one": "q=" + w["title"], "Qz" + w["name"][2:]: "q=roof", "mail": "q=" + w["e-mail"] + "%40example.com",
		"caption": "q=Qzcap", "its song": "song=" + w["song"], "its tag": "tag=" + w["tag"], "others": "q=someone",
	} {
		require.NoError(t, db.SaveSearch(ctx, board.SavedSearch{
			ID: "s-" + name + c.ID, Campaign: c.ID, Name: name, Query: query, By: ana, At: start,
		}))
	}
	withdraw(t, db, st)
	before()

	st.ClearPersonal()
	st.State = story.Erased
	require.NoError(t, db.EraseStory(ctx, st, entry(st, story.EventErased, story.Withdrawn, story.Erased)))
	left, err := db.SavedSearches(ctx, c.ID)
	require.NoError(t, err)
	require.Len(t, left, 1, "%v", left)
	require.Equal(t, "others", left[0].Name)
}

// withdraw ends the story's publication by a line with everything a line may hold.
func withdraw(t *testing.T, db *store.Store, st *story.Story) {
	t.Helper()
	line := entry(st, story.EventWithdrawn, st.State, story.Withdrawn)
	line.Note, line.Message, st.State = rareWords["moderator's note"], rareWords["message"], story.Withdrawn
	line.Changes = []story.FieldChange{{Field: "text", From: rareWords["former text"]}}
	require.NoError(t, db.SaveStory(ctx, st, line))
}

// found lists the rare words in the bytes.
func found(b []byte) (words []string) {
	b = bytes.ToLower(b)
	for _, w := range rareWords {
		if bytes.Contains(b, []byte(w)) {
			words = append(words, w)
		}
	}
	return words
}

// readAll joins every file under the folders and patterns.
func readAll(t *testing.T, patterns ...string) []byte {
	t.Helper()
	var all []byte
	for _, p := range patterns {
		names, err := filepath.Glob(p)
		require.NoError(t, err)
		for _, root := range names {
			require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				b, err := os.ReadFile(path)
				all = append(all, b...)
				return err
			}))
		}
	}
	require.NotEmpty(t, all)
	return all
}

func openMigrated(t *testing.T, address string) *store.Store {
	t.Helper()
	db, err := store.Open(ctx, address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrate(ctx)
	require.NoError(t, err)
	return db
}

func TestEraseStory_LeavesNoWordInTheFilesOfSQLite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := openMigrated(t, "sqlite:"+path)
	eraseOne(t, db, func() { require.Len(t, found(readAll(t, path+"*")), len(rareWords)) })
	require.Empty(t, found(readAll(t, path+"*")))
}

func TestPurge_WaitsForReadersOfSQLite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := openMigrated(t, "sqlite:"+path)
	end := func() {}
	eraseOne(t, db, func() { end = store.HoldRead(t, db) })
	require.NotEmpty(t, found(readAll(t, path+"*")), "the reader still needs them")
	require.ErrorContains(t, db.Purge(ctx, start), "in use")
	end()
	require.NoError(t, db.Purge(ctx, start))
	require.Empty(t, found(readAll(t, path+"*")))
	require.NoError(t, db.Purge(ctx, start), "nothing is left to do")
}

// TestEraseStory_LeavesNoWordInPostgres reads every row after the sweep's
// vacuum, and every file after the one that docs/privacy.md describes.
func TestEraseStory_LeavesNoWordInPostgres(t *testing.T) {
	t.Parallel()
	db := openMigrated(t, postgresURL(t))
	analyze := func() { require.NoError(t, db.Exec(ctx, "ANALYZE")) }
	eraseOne(t, db, analyze)
	pending := func() int {
		var rows []struct{ StoryID string }
		require.NoError(t, db.Query(ctx, &rows, "SELECT story_id FROM purges"))
		return len(rows)
	}
	require.NoError(t, db.Purge(ctx, start.Add(30*time.Minute)))
	require.Equal(t, 1, pending(), "not before the hour is over")
	require.NoError(t, db.Purge(ctx, start.Add(time.Hour)))
	require.Zero(t, pending())

	var tables []struct{ Name string }
	require.NoError(t, db.Query(ctx, &tables, `SELECT oid::regclass::text AS name FROM pg_class
		WHERE relkind = 'r' AND (relnamespace = current_schema()::regnamespace OR relname = 'pg_statistic')`))
	require.Greater(t, len(tables), 15)
	for _, x := range tables {
		var rows []struct{ Text string }
		require.NoError(t, db.Query(ctx, &rows, "SELECT x::text AS text FROM "+x.Name+" x"))
		for _, r := range rows {
			require.Empty(t, found([]byte(r.Text)), x.Name)
		}
	}
	testkit.Eventually(t, time.Minute, func() bool { // an autovacuum at the same moment keeps rows alive
		var pages []struct{ All, Clean int }
		require.NoError(t, db.Query(ctx, &pages, `SELECT sum(relpages) AS all, sum(relallvisible) AS clean FROM pg_class
			WHERE relname IN ('stories', 'history', 'captions', 'saved_searches', 'story_search', 'facets')`))
		if pages[0].All == pages[0].Clean {
			return pages[0].All > 5
		}
		require.NoError(t, db.Exec(ctx, "INSERT INTO purges VALUES ('again', 1)"))
		require.NoError(t, db.Purge(ctx, start.Add(time.Hour)))
		return false
	})

	doc, err := os.ReadFile("../../docs/privacy.md")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(doc), "```sql\n")
	script, _, _ := strings.Cut(rest, "```")
	for _, q := range strings.Split(strings.TrimSpace(script), "\n") {
		require.NoError(t, db.Exec(ctx, q))
	}
	require.NoError(t, db.Exec(ctx, "CHECKPOINT"))
	var where []struct{ Path string }
	require.NoError(t, db.Query(ctx, &where, `SELECT current_setting('data_directory') || '/base/' || oid AS path
		FROM pg_database WHERE datname = current_database()`))
	require.Empty(t, found(readAll(t, where[0].Path)))
}

// TestFullTextTables_OverwriteWhatIsDeleted holds for every full-text table of SQLite.
func TestFullTextTables_OverwriteWhatIsDeleted(t *testing.T) {
	t.Parallel()
	db := openMigrated(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	var tables []struct{ Name string }
	require.NoError(t, db.Query(ctx, &tables, `SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'`))
	require.NotEmpty(t, tables)
	for _, x := range tables {
		var on []struct{ V int }
		require.NoError(t, db.Query(ctx, &on, "SELECT v FROM "+x.Name+"_config WHERE k = 'secure-delete'"))
		require.Len(t, on, 1, x.Name)
		require.Equal(t, 1, on[0].V, x.Name)
	}
}

// TestMigrate_RewritesAnOlderSQLiteFile starts from a file that kept what was
// deleted, readable for everybody.
func TestMigrate_RewritesAnOlderSQLiteFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := store.Open(ctx, "sqlite:"+path)
	require.NoError(t, err)
	require.NoError(t, db.MigrateTo(ctx, 3))
	require.NoError(t, db.Exec(ctx, "PRAGMA secure_delete = 0"))
	require.NoError(t, db.Exec(ctx, oldCampaign))
	require.NoError(t, db.Exec(ctx, oldStory, strings.Repeat("qztext ", 2000), "rejected"))
	require.NoError(t, db.Exec(ctx, "DELETE FROM stories"))
	require.NoError(t, db.Close())
	require.Contains(t, found(readAll(t, path)), "qztext")
	require.NoError(t, os.Chmod(path, 0o644))

	db = openMigrated(t, "sqlite:"+path)
	require.Empty(t, found(readAll(t, path+"*")))
	require.NoError(t, db.Exec(ctx, "PRAGMA wal_checkpoint"))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), suffix)
	}
}
