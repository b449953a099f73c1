package integrity_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/audit"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

const old = "00000000-0000-7000-8000-000000000000" // sorts before every story

// defect is something planted, the one code that must be found, and whether a
// repair leaves nothing to find.
type defect struct {
	name  string
	code  integrity.Code
	also  integrity.Code // that is found with it; empty: none
	plant func(w *world)
	clean bool
}

var rowDefects = []defect{
	{name: "work that nobody takes", code: integrity.StoryStuck, plant: func(w *world) {
		w.story(story.Uploaded)
		w.later = 7 * time.Hour
	}},
	{name: "a worker that is gone", code: integrity.ClaimStale, plant: func(w *world) {
		w.story(story.Preparing)
		w.later = 11 * time.Minute
	}},
	{name: "published without media", code: integrity.StoryState, plant: func(w *world) {
		w.exec(`UPDATE stories SET public_set = 'null' WHERE id = ?`, w.published.ID)
	}},
	{name: "a campaign that is gone", code: integrity.CampaignMissing, plant: func(w *world) {
		if w.db.Dialect() == "postgres" {
			w.exec(`ALTER TABLE stories DROP CONSTRAINT stories_campaign_id_fkey`)
		}
		w.exec(`UPDATE stories SET campaign_id = 'gone' WHERE id = ?`, w.reviewed.ID)
	}},
	{name: "an upload without an end", code: integrity.UploadOverdue, plant: func(w *world) {
		w.later = 31 * time.Hour
	}},
	{name: "a claim on what is published", code: integrity.ClaimLeft, clean: true, plant: func(w *world) {
		w.exec(`UPDATE stories SET claimed_by = 'u-ana', claimed_name = 'Ana' WHERE id = ?`, w.published.ID)
	}},
	{name: "an attempt without an end", code: integrity.AttemptOpen, clean: true, plant: func(w *world) {
		require.NoError(w.t, w.db.RecordAttempt(w.t.Context(), &attempt.Record{
			Story: w.published.ID, Attempt: 1, Kind: story.Prepare, StartedAt: clock().Add(-2 * time.Hour),
		}))
	}},
	{name: "a release of another file", code: integrity.ReleaseMismatch, plant: func(w *world) {
		_, err := w.stories.Change(w.t.Context(), w.reviewed.ID, func(st *story.Story) (*story.Entry, error) {
			st.Release.SourceSHA256 = "ff"
			return nil, nil
		})
		require.NoError(w.t, err)
	}},
	{name: "a job that no story calls for", code: integrity.QueueStale, plant: func(w *world) {
		require.NoError(w.t, w.queue.Enqueue(w.t.Context(),
			story.Job{Kind: story.Publish, Story: w.published.ID, Attempt: 2}))
	}},
	{name: "a line of the trail that is gone", code: integrity.TrailBroken, plant: func(w *world) {
		for range 2 {
			w.trail.Add(w.t.Context(), audit.Line{Action: "key.created"})
		}
		w.exec(`DELETE FROM audit WHERE seq = 2`)
	}},
}

var historyDefects = []defect{
	{name: "a line that is gone", code: integrity.HistoryGap, also: integrity.HistoryChanged, plant: func(w *world) {
		w.exec(`DELETE FROM history WHERE story_id = ? AND event = 'started' AND to_state = 'preparing'`,
			w.published.ID)
	}},
	{name: "a line of another", code: integrity.HistoryGap, also: integrity.HistoryChanged, plant: func(w *world) {
		w.exec(`UPDATE history SET actor_role = 'creative' WHERE story_id = ? AND event = 'approved'`, w.published.ID)
	}},
	{name: "a line that is made earlier", code: integrity.HistoryChanged, plant: func(w *world) {
		w.exec(`UPDATE history SET at = at - 1 WHERE story_id = ? AND event = 'approved'`, w.published.ID)
	}},
	{name: "the last line is gone", code: integrity.HistoryState, plant: func(w *world) {
		w.exec(`DELETE FROM history WHERE story_id = ? AND event = 'published'`, w.published.ID)
	}},
	{name: "no line at all", code: integrity.HistoryState, plant: func(w *world) {
		w.exec(`DELETE FROM history WHERE story_id = ?`, w.reviewed.ID)
	}},
	{name: "unapproved", code: integrity.PublishUnapproved, also: integrity.HistoryChanged, plant: func(w *world) {
		w.exec(`UPDATE history SET event = 'failed', to_state = 'failed' WHERE story_id = ? AND event = 'prepared'`,
			w.published.ID)
		w.exec(`UPDATE history SET event = 'publish_retried', from_state = 'failed', actor_role = 'admin'
			WHERE story_id = ? AND event = 'approved'`, w.published.ID)
	}},
}

var objectDefects = []defect{
	{name: "another source", code: integrity.SourceChanged, plant: func(w *world) {
		w.put(media.SourceFolder(w.reviewed.ID, "u1"), map[string]string{"source": "ecruos"})
	}},
	{name: "a source that is gone", code: integrity.ObjectMissing, plant: func(w *world) {
		require.NoError(w.t, w.bucket.Delete(w.t.Context(), w.reviewed.Source.Key))
	}},
	{name: "a poster that is gone", code: integrity.ObjectMissing, plant: func(w *world) {
		require.NoError(w.t, w.bucket.Delete(w.t.Context(), w.published.Public.Prefix+"poster.jpg"))
	}},
	{name: "objects of nobody", code: integrity.ObjectOrphan, clean: true, plant: func(w *world) {
		w.put(media.ReviewPrefix(id.New(), 1), map[string]string{"a.mp4": "a", "b.mp4": "b"})
		w.put(media.SourceFolder(old, "u"), map[string]string{"source": "a"})
		w.put(media.IncomingPrefix(old), map[string]string{"u": "a"})
	}},
	{name: "objects that the row does not name", code: integrity.ObjectOrphan, clean: true, plant: func(w *world) {
		w.put(media.ReviewPrefix(w.published.ID, 7), map[string]string{"a.mp4": "a"})
		w.put(media.IncomingPrefix(w.published.ID), map[string]string{"u1": "a"})
		w.later = 2 * time.Hour
	}},
	{name: "a hidden story that can be read", code: integrity.ObjectLeaked, plant: func(w *world) {
		w.apply(w.published, story.EventHidden, testkit.Actor(account.Moderator, "Ana"))
		w.later = 2 * time.Hour
	}},
	{name: "a published story that cannot be read", code: integrity.ObjectUnreadable, plant: func(w *world) {
		w.deps.Bucket = w.open(func(c *storage.Config) { c.MediaURL = c.Endpoint + "/elsewhere" })
	}},
	{name: "no answer", code: integrity.ProbeUnanswered, plant: func(w *world) {
		w.deps.Bucket = w.open(func(c *storage.Config) { c.MediaURL = "http://127.0.0.1:1" })
	}},
	{name: "an upload of nobody", code: integrity.MultipartOrphan, clean: true, plant: func(w *world) {
		_, err := w.bucket.StartMultipart(w.t.Context(), media.IncomingKey(id.New(), "u"), "video/mp4")
		require.NoError(w.t, err)
		w.later = 2 * time.Hour
	}},
	{name: "a scratch folder of nobody", code: integrity.ScratchOrphan, clean: true, plant: func(w *world) {
		require.NoError(w.t, os.MkdirAll(filepath.Join(w.scratch, "worker-1", "job"), 0o700))
		w.later = 2 * time.Hour
	}},
}

func TestAudit_FindsRows(t *testing.T)    { eachDefect(t, rowDefects) }
func TestAudit_FindsHistory(t *testing.T) { eachDefect(t, historyDefects) }
func TestAudit_FindsObjects(t *testing.T) { eachDefect(t, objectDefects) }

// eachDefect plants a defect in a service in order, finds it and nothing else, and
// repairs what can be.
func eachDefect(t *testing.T, defects []defect) {
	t.Parallel()
	for _, d := range defects {
		t.Run(d.name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				r := w.audit(integrity.Options{})
				require.Empty(t, r.Findings, "in order")
				d.plant(w)
				r = w.audit(integrity.Options{})
				want := []integrity.Code{d.code}
				if d.also != "" {
					want = append(want, d.also)
				}
				require.ElementsMatch(t, want, codes(r), "%+v", r.Findings)
				require.Equal(t, integrity.SeverityOf(d.code) != integrity.Error, r.OK)
				fixed := w.audit(integrity.Options{Repair: true, RemoveUnknown: true})
				require.ElementsMatch(t, want, codes(fixed))
				for _, f := range fixed.Findings {
					announced := d.code == integrity.StoryStuck || d.code == integrity.ClaimStale
					require.Equal(t, d.clean || announced, f.Repaired, f)
				}
				if d.clean {
					require.True(t, fixed.OK)
					require.Empty(t, w.audit(integrity.Options{Repair: true}).Findings, "a second repair")
				}
			})
		})
	}
}

// TestAudit_CountsLinesWithoutAChain: they were stored before there was one.
func TestAudit_CountsLinesWithoutAChain(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		require.Zero(t, w.audit(integrity.Options{}).Unchained)
		w.exec(`UPDATE history SET seq = 0, hash = '' WHERE story_id = ?`, w.published.ID)
		r := w.audit(integrity.Options{})
		require.Empty(t, r.Findings)
		require.Equal(t, 7, r.Unchained)
	})
}

func TestAudit_FindsNothingInOrder(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := w.audit(integrity.Options{})
		require.Empty(t, r.Findings)
		require.True(t, r.OK)
		require.Equal(t, 3, r.Stories)
		require.Equal(t, 13, r.Objects)
		require.Equal(t, 1+4+7, r.History)
		require.Equal(t, 13, r.Probed)
		require.Equal(t, 2, r.Deep)
		r, err := integrity.Audit(t.Context(), w.deps, integrity.Options{Probe: 5})
		require.NoError(t, err)
		require.Equal(t, 5, r.Probed)
	})
}

func TestAudit_NamesTheFileThatAPlaylistNames(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		prefix := w.published.Public.Prefix
		require.NoError(t, w.bucket.Delete(t.Context(), prefix+"720.mp4"))
		r := w.audit(integrity.Options{})
		require.Len(t, r.Findings, 1)
		require.Equal(t, prefix+"720.mp4", r.Findings[0].Key)
	})
}

func TestAudit_RepairAnnouncesWork(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		stuck := w.story(story.Uploaded)
		w.later = 7 * time.Hour
		w.audit(integrity.Options{Repair: true})
		var jobs []story.Job
		require.NoError(t, w.queue.EachJob(t.Context(), func(page []story.Job) error {
			jobs = append(jobs, page...)
			return nil
		}))
		require.Equal(t, []story.Job{{Kind: story.Prepare, Story: stuck.ID, Attempt: 1}}, jobs)
	})
}

// counting measures the pages that an audit reads.
type counting struct {
	integrity.Store
	pages, largest int
}

func (c *counting) StoriesAfter(ctx context.Context, after string, limit int) ([]*story.Story, error) {
	page, err := c.Store.StoriesAfter(ctx, after, limit)
	c.pages, c.largest = c.pages+1, max(c.largest, len(page))
	return page, err
}

func (c *counting) HistoryAfter(ctx context.Context, st, line string, limit int) ([]*story.Entry, error) {
	page, err := c.Store.HistoryAfter(ctx, st, line, limit)
	c.largest = max(c.largest, len(page))
	return page, err
}

func TestAudit_ReadsByPages(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 6 {
			w.story(story.InReview)
		}
		c := &counting{Store: w.db}
		w.deps.Store = c
		require.Empty(t, w.audit(integrity.Options{Page: 2}).Findings)
		require.Equal(t, 2, c.largest)
		require.Equal(t, 6, c.pages)
		for range 5 { // attempts that are open on pages after the first
			require.NoError(t, w.db.RecordAttempt(t.Context(), &attempt.Record{
				Story: w.story(story.InReview).ID, Attempt: 1, Kind: story.Prepare,
				StartedAt: clock().Add(-2 * time.Hour),
			}))
		}
		r := w.audit(integrity.Options{Page: 2, PerCode: 3})
		require.Len(t, r.Findings, 3, "the list is bounded")
		require.Equal(t, []integrity.Code{integrity.AttemptOpen}, codes(r))
		for _, check := range r.Checks {
			if check.Code == integrity.AttemptOpen {
				require.Equal(t, 5, check.Count)
			}
		}
	})
}
