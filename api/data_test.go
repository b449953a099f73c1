package api

import (
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

func TestData_ForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.published()
	path := "/v1/stories/" + b.Story.ID + "/data"
	e.want(401, "GET", path, "", nil)
	e.want(403, "GET", path, e.keys[account.Moderator], nil)
	a := e.want(200, "GET", path, b.Token, nil)
	require.Contains(t, a.header.Get("Content-Disposition"), "attachment")
	var d dataView
	a.into(t, &d)
	require.Equal(t, "zoe@private.example", d.Email)
	require.Contains(t, d.ReleaseText, "two years")
	require.NotEmpty(t, d.SourceURL)
	require.NotContains(t, string(a.body), "key of moderator", "a moderator's name is not the contributor's to have")
	require.Equal(t, "staff", d.History[len(d.History)-3].By)
	e.want(200, "DELETE", "/v1/stories/"+b.Story.ID, b.Token, nil)
	var after dataView
	e.want(200, "GET", path, b.Token, nil).into(t, &after)
	require.Empty(t, after.SourceURL)
	require.Empty(t, after.Files)
}

// exportedTables says for every table about stories what of the export shows
// its rows; empty for rows that hold nothing of the contributor.
var exportedTables = map[string]func(dataView) bool{
	"mails":             func(d dataView) bool { return len(d.Mails) > 0 && !d.Mails[0].DueAt.IsZero() },
	"attempts":          func(d dataView) bool { return len(d.Attempts) == 3 && d.Attempts[0].Kind == "prepare" },
	"captions":          func(d dataView) bool { return len(d.Captions) == 1 && d.Captions[0].VTT != "" },
	"history":           func(d dataView) bool { return len(d.History) > 5 },
	"prints":            func(d dataView) bool { return len(d.Story.Findings.FrameHashes) == 1 }, // computed from them
	"selection":         func(d dataView) bool { return hasNote(d, "selection", "the slot") },
	"shortlist":         func(d dataView) bool { return hasNote(d, "shortlist", "the list") },
	"shortlist_entries": func(d dataView) bool { return hasNote(d, "shortlist", "the named list") },
	"story_answers":     func(d dataView) bool { return len(d.Story.Answers) > 0 },
	"tags":              func(d dataView) bool { return slices.Equal(d.Story.Tags, []string{"roof"}) },
	"votes":             func(d dataView) bool { return hasNote(d, "vote", "the vote") },
	"story_search":      func(d dataView) bool { return d.Story.Text != "" }, // a copy for searching
	"story_tokens":      nil,                                                 // hashes of random tokens
	"idempotency":       nil,                                                 // the hash of a request, for a day
	// the history has the event; its reason is with the notes
	"holds":          nil,
	"purges":         nil, // an id and a time
	"notices":        nil, // withheld from contributors, as TestNotices_AreWithheldFromTheContributor covers
	"invalidations":  nil, // addresses of removed media
	"webhook_events": nil, // what the history has, for servers of the brand
	// computed from the columns below, or from the history
	"listings": nil, "lookup_texts": nil, "story_warnings": nil, "decisions": nil, "old_prints": nil,
}

// exportedColumns says the same of the columns of stories.
var exportedColumns = map[string]func(dataView) bool{
	"id":           func(d dataView) bool { return d.Story.ID != "" },
	"campaign_id":  func(d dataView) bool { return d.Story.Campaign != "" },
	"state":        func(d dataView) bool { return d.Story.State == "published" },
	"version":      func(d dataView) bool { return d.Story.Version > 1 },
	"name":         func(d dataView) bool { return d.Story.Contributor.Name == "Zoë" },
	"email":        func(d dataView) bool { return d.Email == "zoe@private.example" },
	"country":      func(d dataView) bool { return d.Story.Contributor.Country == "DE" },
	"locale":       func(d dataView) bool { return d.Locale == "de" },
	"title":        func(d dataView) bool { return d.Story.Title != "" },
	"body":         func(d dataView) bool { return d.Story.Text != "" },
	"song":         func(d dataView) bool { return d.Story.Song.Title == "Heroes" },
	"answers":      func(d dataView) bool { return d.Story.Answers[0].Value == "it rained" },
	"cut":          func(d dataView) bool { return d.Story.Cut.FromMS == 1000 },
	"release":      func(d dataView) bool { return d.Story.Release.Address != "" && d.ReleaseText != "" },
	"upload":       func(d dataView) bool { return d.Story.FileName == "clip.mp4" },
	"source":       func(d dataView) bool { return d.SourceURL != "" && d.Story.Release.SourceSHA256 != "" },
	"media":        func(d dataView) bool { return d.Story.Media.Duration > 0 },
	"findings":     func(d dataView) bool { return d.Story.Findings.AudioFingerprint == "AQAA" },
	"review_set":   func(d dataView) bool { return hasFile(d, "review/") },
	"public_set":   func(d dataView) bool { return d.Story.Public != nil && hasFile(d, "public/") },
	"orientation":  func(d dataView) bool { return d.Story.Height > d.Story.Width },
	"duration_ms":  func(d dataView) bool { return d.Story.DurationMS > 0 },
	"attempt":      func(d dataView) bool { return d.Story.Attempt == 2 },
	"created_at":   func(d dataView) bool { return !d.Story.CreatedAt.IsZero() },
	"updated_at":   func(d dataView) bool { return !d.Story.UpdatedAt.IsZero() },
	"published_at": func(d dataView) bool { return d.Story.PublishedAt != nil },
	// computed from columns above
	"song_fold": nil, "artist_fold": nil, "quality": nil, "dice": nil,
	"full_address": nil, "source_kept": nil,
	// of work and review under way, not of the contributor
	"work": nil, "ladder": nil, "watched_at": nil,
	"tries": nil, "next_run_at": nil, "heartbeat_at": nil, "dispatched_at": nil,
	"waiting_since": nil, "progress": nil, "failure": nil,
	"escalated": nil, "claimed_by": nil, "claimed_name": nil, "claimed_until": nil,
}

func hasNote(d dataView, on, note string) bool {
	return slices.ContainsFunc(d.Notes, func(n noteView) bool { return n.On == on && n.Note == note })
}

func hasFile(d dataView, prefix string) bool {
	return slices.ContainsFunc(d.Files, func(f fileView) bool {
		return len(f.Key) > len(prefix) && f.Key[:len(prefix)] == prefix && f.URL != ""
	})
}

// fullStory is a published story with a row in every table about stories.
func (e *env) fullStory(t *testing.T) begunStory {
	t.Helper()
	admin, moderator, creative := e.keys[account.Admin], e.keys[account.Moderator], e.keys[account.Creative]
	campaign := "/v1/campaigns/" + e.slug
	e.want(200, "PUT", campaign, admin, map[string]any{
		"questions": []any{map[string]any{"id": "why", "label": "Why?", "kind": "text"}},
	})
	e.beginWith = func(body map[string]any) {
		body["answers"] = map[string]string{"why": "it rained"}
		body["cut"] = map[string]any{"from_ms": 1000, "to_ms": 9000}
		patch(body, "de", "contributor", "locale")
	}
	e.findings = media.Findings{FrameHashes: []string{"ffff000011112222"}, AudioFingerprint: "AQAA"}
	b := e.published()
	path := "/v1/stories/" + b.Story.ID
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "video.mp4"), []byte("video"), 0o600))
	for _, prefix := range []string{
		media.SourcePrefix(b.Story.ID) + "u/", media.ReviewPrefix(b.Story.ID, 1), media.PublicPrefix(b.Story.ID, 2),
	} {
		_, err := e.bucket.PutTree(ctx, prefix, dir, nil)
		require.NoError(t, err)
	}
	e.want(200, "PUT", path+"/captions/en", moderator, map[string]any{"vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n"})
	e.want(200, "PUT", campaign+"/stories/"+b.Story.ID+"/tags", creative, map[string]any{"tags": []string{"roof"}})
	e.want(204, "PUT", campaign+"/shortlist/"+b.Story.ID, creative, map[string]any{"note": "the list"})
	var named listView
	e.want(201, "POST", campaign+"/shortlists", creative, map[string]any{"name": "Roofs"}).into(t, &named)
	e.want(200, "PUT", campaign+"/shortlists/"+named.ID+"/stories/"+b.Story.ID, creative,
		map[string]any{"note": "the named list"})
	e.want(204, "PUT", campaign+"/stories/"+b.Story.ID+"/vote", creative,
		map[string]any{"value": 1, "reason": "the vote"})
	e.want(200, "PUT", campaign+"/selection/ad-1", creative, map[string]any{"story": b.Story.ID, "note": "the slot"})
	for n, kind := range []story.JobKind{story.Prepare, story.Publish, story.Publish} {
		require.NoError(t, e.attempts.Save(ctx, &attempt.Record{
			Story: b.Story.ID, Attempt: n + 1, Kind: kind, Error: "the error", Worker: "machine-7",
			StartedAt: clock(),
		}))
	}
	return b
}

// TestData_ShowsEveryTableAndColumn fails for a new table or column about
// stories of which the export says nothing.
func TestData_ShowsEveryTableAndColumn(t *testing.T) {
	t.Parallel()
	e := newMailEnv(t)
	b := e.fullStory(t)
	db, err := sql.Open("sqlite", "file:"+e.file+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	names := func(query string) (out []string) {
		rows, err := db.Query(query)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var s string
			require.NoError(t, rows.Scan(&s))
			out = append(out, s)
		}
		require.NoError(t, rows.Err())
		return out
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(exportedTables)), names(
		`SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
			WHERE m.type = 'table' AND (c.name = 'story_id' OR m.name = 'prints' AND c.name = 'story')
			AND m.name NOT LIKE 'story_search_%' AND m.name NOT LIKE 'lookup_texts_%'`))
	require.ElementsMatch(t, slices.Collect(maps.Keys(exportedColumns)),
		names(`SELECT name FROM pragma_table_info('stories')`))

	var d dataView
	a := e.want(200, "GET", "/v1/stories/"+b.Story.ID+"/data", b.Token, nil)
	a.into(t, &d)
	for _, shown := range []map[string]func(dataView) bool{exportedTables, exportedColumns} {
		for name, check := range shown {
			require.True(t, check == nil || check(d), "%s in %s", name, a.body)
		}
	}
	require.True(t, hasFile(d, "sources/"))
}

func TestData_WithholdsWhatCanBeAboutOthers(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.fullStory(t)
	e.decide(e.keys[account.Moderator], b.Story.ID,
		map[string]any{"action": "hide", "reason": "other", "note": "reported by a neighbour"})
	path := "/v1/stories/" + b.Story.ID + "/data"
	var d dataView
	a := e.want(200, "GET", path, b.Token, nil)
	a.into(t, &d)
	require.Equal(t, []string{"notes of moderators", "technical details of failed attempts"}, d.Withheld)
	for _, private := range []string{"neighbour", "the error", "machine-7", "key of"} {
		require.NotContains(t, string(a.body), private)
	}
	a = e.want(200, "GET", path, e.keys[account.Admin], nil)
	require.Contains(t, string(a.body), "neighbour")
	require.Contains(t, string(a.body), "the error")
}
