package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/board"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestDue_DerivesWorkFromStates(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		now := start.Add(time.Hour)
		set := &media.Assets{Prefix: "public/x/1/"}
		due := map[string]story.JobKind{}
		add := func(kind story.JobKind, state story.State, change func(*story.Story)) {
			st := newStory(t, db, c, func(s *story.Story) { s.NextRunAt = time.Time{}; s.Attempt = 4 })
			change(st)
			move(t, db, st, state, story.EventStarted)
			if kind != "" {
				due[st.ID] = kind
			}
		}
		keep := func(*story.Story) {}
		add(story.Prepare, story.Uploaded, keep)
		add(story.Prepare, story.Preparing, func(s *story.Story) { s.HeartbeatAt = now.Add(-2 * time.Minute) })
		add("", story.Preparing, func(s *story.Story) { s.HeartbeatAt = now.Add(-10 * time.Second) })
		add("", story.Uploaded, func(s *story.Story) { s.NextRunAt = now.Add(time.Second) })
		add(story.Publish, story.Approved, keep)
		add(story.Remove, story.Withdrawn, keep)
		add(story.Remove, story.Hidden, func(s *story.Story) { s.Public = set })
		add("", story.Hidden, keep)
		add("", story.InReview, keep)
		add("", story.Published, func(s *story.Story) { s.Public = set })

		jobs, err := db.Due(ctx, now, now.Add(-time.Minute), 100)
		require.NoError(t, err)
		got := map[string]story.JobKind{}
		for _, j := range jobs {
			got[j.Story] = j.Kind
			require.Equal(t, 5, j.Attempt)
		}
		require.Equal(t, due, got)

		next, err := db.Due(ctx, now.Add(time.Second), now.Add(-time.Minute), 100)
		require.NoError(t, err)
		require.Len(t, next, 1, "only what became due since; the rest was announced a moment ago")
		lost, err := db.Due(ctx, now.Add(time.Minute), now, 100)
		require.NoError(t, err)
		require.Len(t, lost, 1, "a worker lost since")
		owed, err := db.Owed(ctx, now.Add(time.Minute))
		require.NoError(t, err)
		require.Equal(t, map[story.JobKind]int{story.Prepare: 4, story.Publish: 1, story.Remove: 2}, owed)
		again, err := db.DueAgain(ctx, []story.JobKind{story.Prepare, story.Remove}, now.Add(time.Minute), now, now,
			100)
		require.NoError(t, err)
		require.Len(t, again, 4, "those of the kinds that were announced by then")
	})
}

// TestDueLadders_TakesTheMostWantedFirst: selected, shortlisted, watched, then
// heavy first sets and the others, newest first.
func TestDueLadders_TakesTheMostWantedFirst(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		now := start.Add(time.Hour)
		minute := 0
		add := func(change func(*story.Story)) string {
			minute++
			st := newStory(t, db, c, func(s *story.Story) { s.Attempt = 4 })
			st.Source = &story.Source{Key: "sources/x"}
			st.Public = &media.Assets{Prefix: "public/x/1/", First: true}
			st.NextRunAt, st.PublishedAt = time.Time{}, start.Add(time.Duration(minute)*time.Second)
			change(st)
			move(t, db, st, story.Published, story.EventPublished)
			return st.ID
		}
		keep := func(*story.Story) {}
		picked, entered, candidate, watched := add(keep), add(keep), add(keep), add(keep)
		heavy := add(func(s *story.Story) { s.Public.Heavy = true })
		older, newer := add(keep), add(keep)
		add(func(s *story.Story) { s.Public.First = false })
		add(func(s *story.Story) { s.Public.GivenUp = true })
		add(func(s *story.Story) { s.Source.Lapse = story.LapseDue })
		add(func(s *story.Story) { s.NextRunAt = now.Add(time.Second) })
		add(func(s *story.Story) { s.HeartbeatAt = now.Add(-10 * time.Second) })
		_, err := db.AddPick(ctx, board.Pick{Campaign: c.ID, Slot: "a", Story: picked, By: ana, At: start})
		require.NoError(t, err)
		listed(t, db, board.Candidate{Campaign: c.ID, List: c.ID, Story: candidate, By: ana, At: start})
		list := board.List{ID: id.New(), Campaign: c.ID, Name: "Best", Version: 1, By: ana, At: start}
		require.NoError(t, db.CreateList(ctx, list))
		listed(t, db, board.Candidate{Campaign: c.ID, List: list.ID, Story: entered, By: ana, At: start})
		require.NoError(t, db.MarkWatched(ctx, watched, start, start.Add(-time.Hour)))

		q := attempt.LadderQuery{Now: now, Stale: now.Add(-time.Minute), Announced: now.Add(-time.Minute)}
		for _, want := range [][]string{{picked}, {candidate, entered}, {watched}, {heavy}, {newer}, {older}, nil} {
			jobs, err := db.DueLadders(ctx, q, max(len(want), 1))
			require.NoError(t, err)
			var got []string
			for _, j := range jobs {
				require.Equal(t, story.Job{Kind: story.Ladder, Story: j.Story, Attempt: 5}, j)
				got = append(got, j.Story)
			}
			require.ElementsMatch(t, want, got)
		}
		due, err := db.Due(ctx, now, now, 100)
		require.NoError(t, err)
		require.Len(t, due, 1, "only the source that lapses")
		q.Announced, q.Watched = now, true
		jobs, err := db.DueLadders(ctx, q, 100)
		require.NoError(t, err)
		require.Len(t, jobs, 5, "announced again, without those that nobody watches")
	})
}

func TestBeat_NamesTheAttempt(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		st := newStory(t, db, newCampaign(t, db))
		st.Attempt, st.HeartbeatAt = 2, start
		move(t, db, st, story.Preparing, story.EventStarted)
		states := []story.State{story.Preparing}
		require.NoError(t, db.Beat(ctx, st.ID, 2, states, start.Add(time.Second), 0.5))
		got, err := db.Story(ctx, st.ID)
		require.NoError(t, err)
		require.Equal(t, 0.5, got.Progress)
		require.Equal(t, start.Add(time.Second), got.HeartbeatAt)
		require.Equal(t, st.Version, got.Version)
		require.True(t, fault.Is(db.Beat(ctx, st.ID, 1, states, start, 0.5), "job.overtaken"))
		require.True(t, fault.Is(db.Beat(ctx, st.ID, 2, []story.State{story.Publishing}, start, 0.5), "job.overtaken"))
	})
}

func TestEraseStory_LeavesATombstone(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		st := published(t, db, c, start)
		move(t, db, st, story.Withdrawn, story.EventWithdrawn)
		st.Contributor, st.Text, st.Public = story.Contributor{}, "", nil
		line := entry(st, story.EventErased, story.Withdrawn, story.Erased)
		line.Note = "a private word"
		st.State = story.Erased
		require.NoError(t,
			db.RecordAttempt(ctx,
				&attempt.Record{Story: st.ID, Attempt: 1, Error: "stderr about zoe's video", StartedAt: start}))
		require.NoError(t, db.EraseStory(ctx, st, line))
		got, err := db.Story(ctx, st.ID)
		require.NoError(t, err)
		require.Equal(t, story.Erased, got.State)
		require.Empty(t, got.Contributor.Email)
		lines, err := db.History(ctx, st.ID)
		require.NoError(t, err)
		for _, l := range lines {
			require.Empty(t, l.Note)
		}
		tries, err := db.Attempts(ctx, st.ID)
		require.NoError(t, err)
		require.Empty(t, tries[0].Error)
	})
}

// TestErasure_CoversEveryTable fails for a new table about stories that
// EraseStory forgets.
func TestErasure_CoversEveryTable(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		query := `SELECT m.name AS name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
			WHERE m.type = 'table' AND c.name = 'story_id' AND m.name NOT LIKE 'story_search_%'
			AND m.name NOT LIKE 'lookup_texts_%'`
		if db.Dialect() == "postgres" {
			query = `SELECT table_name AS name FROM information_schema.columns
				WHERE column_name = 'story_id' AND table_schema = current_schema()`
		}
		var tables []struct{ Name string }
		require.NoError(t, db.Query(ctx, &tables, query))
		var names []string
		for _, x := range tables {
			names = append(names, x.Name)
		}
		names = append(names, "prints") // its column is story
		require.ElementsMatch(t, names, slices.Collect(maps.Keys(store.Erasure)))
	})
}

func TestAttempts_LaterWriteOfTheSameTryReplaces(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		st := newStory(t, db, newCampaign(t, db))
		a := &attempt.Record{
			Story: st.ID, Attempt: 1, Kind: story.Prepare, Worker: "w", StartedAt: start, Sandbox: "full",
		}
		require.NoError(t, db.RecordAttempt(ctx, a))
		a.EndedAt, a.Outcome, a.CPU, a.MaxRSS, a.BytesIn, a.BytesOut = start.Add(time.Minute), "done", 3*time.Second,
			1<<20, 5, 7
		require.NoError(t, db.RecordAttempt(ctx, a))
		got, err := db.Attempts(ctx, st.ID)
		require.NoError(t, err)
		require.Equal(t, []*attempt.Record{a}, got)
	})
}

func TestTroubled(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		failed, retried := newStory(t, db, c), newStory(t, db, c)
		newStory(t, db, c)
		move(t, db, failed, story.Failed, story.EventFailed)
		retried.Tries, retried.UpdatedAt = 1, start.Add(time.Minute)
		move(t, db, retried, story.Uploaded, story.EventDeferred)
		got, err := db.Troubled(ctx, 10)
		require.NoError(t, err)
		require.Equal(t, []string{retried.ID, failed.ID}, ids(got))
	})
}

// TestMigrate_ClosesAttemptsOfLostWorkers starts from the first schema.
func TestMigrate_ClosesAttemptsOfLostWorkers(t *testing.T) {
	eachEmpty(t, func(t *testing.T, db *store.Store) {
		require.NoError(t, db.MigrateTo(ctx, 1))
		require.NoError(t, db.Exec(ctx, oldCampaign))
		require.NoError(t, db.Exec(ctx, oldStory, "a", "preparing"))
		require.NoError(t, db.Exec(ctx, "UPDATE stories SET attempt = 3"))
		for n, outcome := range []attempt.Outcome{"", attempt.Done, ""} {
			require.NoError(t, db.Exec(ctx, `INSERT INTO attempts (story_id, attempt, kind, worker, started_at,
				ended_at, outcome, code, error, cpu_us, max_rss, bytes_in, bytes_out, sandbox)
				VALUES ('a', ?, 'prepare', '', 0, 0, ?, '', '', 0, 0, 0, 0, '')`, n+1, string(outcome)))
		}
		_, err := db.Migrate(ctx)
		require.NoError(t, err)
		got, err := db.Attempts(ctx, "a")
		require.NoError(t, err)
		var outcomes []attempt.Outcome
		for _, a := range got {
			outcomes = append(outcomes, a.Outcome)
		}
		require.Equal(t, []attempt.Outcome{attempt.Lost, attempt.Done, ""}, outcomes, "the last is under way")
	})
}

func TestFailures_AreOfStoriesThatAreFailedNow(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		failed := newStory(t, db, c)
		move(t, db, failed, story.Failed, story.EventFailed)
		retried := newStory(t, db, c)
		move(t, db, retried, story.Failed, story.EventFailed)
		move(t, db, retried, story.Uploaded, story.EventPrepareRetried)
		got, err := db.Failures(ctx, attempt.FailureQuery{}, attempt.Position{Until: start.Add(time.Hour)}, 10)
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, failed.ID, got[0].Story)
		after := attempt.Position{Until: start.Add(time.Hour), At: got[0].At, Entry: got[0].Entry}
		got, err = db.Failures(ctx, attempt.FailureQuery{}, after, 10)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

// TestRepeated_ComparesRowsWithRecords: an attempt that nobody recorded counts
// as well.
func TestRepeated_ComparesRowsWithRecords(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		var ids []string
		prepare, publish := story.Prepare, story.Publish
		for _, records := range [][]attempt.Record{
			{{Kind: prepare, Outcome: attempt.Done}, {Kind: publish, Outcome: attempt.Done}},
			{{Kind: prepare, Outcome: attempt.Done}, {Kind: prepare, Outcome: attempt.Done}},
			{{Kind: prepare, Outcome: attempt.Lost}, {Kind: prepare, Outcome: attempt.Done}},
			{{Kind: prepare, Outcome: attempt.Done}, {Kind: publish}},
			{{Kind: prepare, Outcome: attempt.Done}},
		} {
			st := newStory(t, db, c, func(s *story.Story) { s.Attempt = 2 })
			for i, r := range records {
				r.Story, r.Attempt, r.StartedAt = st.ID, i+1, start
				require.NoError(t, db.RecordAttempt(ctx, &r))
			}
			ids = append(ids, st.ID)
		}
		found, err := db.Repeated(ctx, append(ids, "unknown"))
		require.NoError(t, err)
		require.ElementsMatch(t, ids[1:], found)
		found, err = db.Repeated(ctx, nil)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}
