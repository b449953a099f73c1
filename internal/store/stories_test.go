package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/intake"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
)

func TestStory_EveryFieldSurvives(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		st := newStory(t, db, c)
		loud := -16.5
		st.State, st.Attempt, st.Tries, st.Progress = story.Preparing, 3, 2, 0.25
		st.HeartbeatAt, st.UpdatedAt = start.Add(time.Second), start.Add(2*time.Second)
		st.Source = &story.Source{Key: "sources/x", Bytes: 5, ETag: "e", SHA256: "s"}
		st.Media = &media.Media{
			Container: "mov", Duration: 3 * time.Second,
			Video: media.Video{Codec: "hevc", Rate: media.Rate{Num: 30000, Den: 1001}},
			Audio: &media.Audio{Codec: "aac"},
		}
		st.Findings = &media.Findings{LoudnessLUFS: &loud, Black: []media.Stretch{{From: 1, To: 2}}}
		st.Review = &media.Set{
			Prefix: "review/x/1/", MP4: "review.mp4", Width: 480, Height: 854, Duration: 3 * time.Second,
		}
		st.Failure = &story.Failure{Code: "too_long", Detail: "six minutes", Job: story.Prepare}
		st.Escalated = true
		require.NoError(t, db.SaveStory(ctx, st, entry(st, story.EventStarted, story.Uploaded, story.Preparing)))
		require.EqualValues(t, 2, st.Version)
		got, err := db.Story(ctx, st.ID)
		require.NoError(t, err)
		require.Equal(t, st, got)

		_, err = db.Story(ctx, id.New())
		require.True(t, fault.Is(err, "story.unknown"), err)
	})
}

func TestSaveStory_OneOfManyWritersWins(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		st := newStory(t, db, newCampaign(t, db))
		var won, stale atomic.Int64
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				mine, err := db.Story(ctx, st.ID)
				if !errors.Is(err, nil) {
					t.Error(err)
					return
				}
				mine.Version = 1
				mine.Title = fmt.Sprint("writer ", i)
				switch err := db.SaveStory(ctx, mine,
					entry(mine, story.EventUploaded, story.AwaitingUpload, story.Uploaded)); {
				case err == nil:
					won.Add(1)
				case fault.Is(err, "story.stale"):
					stale.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, won.Load())
		require.EqualValues(t, 11, stale.Load())
		lines, err := db.History(ctx, st.ID)
		require.NoError(t, err)
		require.Len(t, lines, 2, "a refused write leaves no line")
	})
}

func TestCreateStory_IdempotencyKeyIsTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		idem := &intake.Idempotency{Key: id.New(), Request: "r", CreatedAt: start}
		create := func() error {
			st := &story.Story{
				ID: id.New(), Campaign: c.ID, State: story.AwaitingUpload, Version: 1, CreatedAt: start,
				UpdatedAt: start,
			}
			rec := *idem
			rec.Story = st.ID
			return db.CreateStory(ctx, st, entry(st, story.EventCreated, "", st.State), id.New(), &rec)
		}
		var made atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				switch err := create(); {
				case err == nil:
					made.Add(1)
				case !fault.Is(err, "idempotency.known"):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, made.Load())
		got, err := db.Idempotency(ctx, idem.Key)
		require.NoError(t, err)
		require.Equal(t, "r", got.Request)
		require.NoError(t, db.PruneIdempotency(ctx, start))
		got, err = db.Idempotency(ctx, idem.Key)
		require.NoError(t, err)
		require.NotNil(t, got, "as young as the limit")
		require.NoError(t, db.PruneIdempotency(ctx, start.Add(time.Second)))
		got, err = db.Idempotency(ctx, idem.Key)
		require.NoError(t, err)
		require.Nil(t, got)
		none, err := db.Idempotency(ctx, "never")
		require.NoError(t, err)
		require.Nil(t, none)
	})
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		a, b := newStory(t, db, c), newStory(t, db, c)
		require.NoError(t, db.AddToken(ctx, a.ID, "second-"+a.ID))
		for token, want := range map[string]bool{
			"token-" + a.ID: true, "second-" + a.ID: true, "token-" + b.ID: false, "": false,
		} {
			ok, err := db.HasToken(ctx, a.ID, token)
			require.NoError(t, err)
			require.Equal(t, want, ok, token)
		}
	})
}

func TestDue_DerivesWorkFromStates(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		now := start.Add(time.Hour)
		set := &media.Set{Prefix: "public/x/1/"}
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

		jobs, err := db.Due(ctx, now, now.Add(-time.Minute), now.Add(-30*time.Second), 100)
		require.NoError(t, err)
		got := map[string]story.JobKind{}
		for _, j := range jobs {
			got[j.Story] = j.Kind
			require.Equal(t, 5, j.Attempt)
		}
		require.Equal(t, due, got)

		again, err := db.Due(ctx, now.Add(time.Second), now.Add(-time.Minute), now.Add(-30*time.Second), 100)
		require.NoError(t, err)
		require.Len(t, again, 1, "only what became due since; the rest was announced a moment ago")
		later, err := db.Due(ctx, now.Add(time.Minute), now, now.Add(30*time.Second), 100)
		require.NoError(t, err)
		require.Len(t, later, len(due)+2, "announced too long ago, and a worker lost since")
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
				&attempt.Record{Story: st.ID, Attempt: 1, Error: "stderr of zoe's film", StartedAt: start}))
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

func TestOpenUploadsTroubledAndStates(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		c := newCampaign(t, db)
		open := newStory(t, db, c)
		failed := newStory(t, db, c)
		move(t, db, failed, story.Failed, story.EventFailed)
		got, err := db.OpenUploads(ctx, start, 10)
		require.NoError(t, err)
		require.Empty(t, got)
		got, err = db.OpenUploads(ctx, start.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Equal(t, []string{open.ID}, ids(got))
		got, err = db.Troubled(ctx, 10)
		require.NoError(t, err)
		require.Equal(t, []string{failed.ID}, ids(got))
		states, err := db.StatesOf(ctx, []string{open.ID, failed.ID, "unknown"})
		require.NoError(t, err)
		require.Equal(t, map[string]story.State{open.ID: story.AwaitingUpload, failed.ID: story.Failed}, states)
	})
}

func TestLead_OneHolderUntilTheLeaseEnds(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		lead := func(holder string, at time.Duration) bool {
			ok, err := db.Lead(ctx, "sweep", holder, start.Add(at), start.Add(at+15*time.Second))
			require.NoError(t, err)
			return ok
		}
		require.True(t, lead("a", 0))
		require.False(t, lead("b", time.Second))
		require.True(t, lead("a", 10*time.Second))
		require.False(t, lead("b", 20*time.Second))
		require.True(t, lead("b", 26*time.Second))
		require.NoError(t, db.Resign(ctx, "sweep", "b"))
		require.True(t, lead("a", 27*time.Second))
	})
}

// TestStates_AgreeWithTheSchema holds the machine against the CHECK of both
// dialects, which must also be the same schema but for search.
func TestStates_AgreeWithTheSchema(t *testing.T) {
	t.Parallel()
	check := regexp.MustCompile(`state\s+text NOT NULL CHECK \(state IN \(([^)]*)\)\)`)
	tables := regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)
	seen := map[string]map[string]string{}
	for _, dialect := range []string{"sqlite", "postgres"} {
		files, err := filepath.Glob(filepath.Join("migrations", dialect, "*.sql"))
		require.NoError(t, err)
		var b []byte
		for _, f := range files {
			part, err := os.ReadFile(f)
			require.NoError(t, err)
			b = append(b, part...)
		}
		m := check.FindSubmatch(b)
		require.NotNil(t, m, dialect)
		var states []string
		for _, s := range regexp.MustCompile(`'(\w+)'`).FindAllSubmatch(m[1], -1) {
			states = append(states, string(s[1]))
		}
		var want []string
		for _, s := range story.States() {
			want = append(want, string(s))
		}
		require.ElementsMatch(t, want, states, dialect)
		seen[dialect] = map[string]string{}
		for _, x := range tables.FindAllSubmatch(b, -1) {
			if string(x[1]) != "story_search" {
				seen[dialect][string(x[1])] = string(x[2])
			}
		}
	}
	require.Greater(t, len(seen["sqlite"]), 10)
	require.Equal(t, seen["sqlite"], seen["postgres"])
}

func TestMigrate_ManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if v, err := db.Migrate(ctx); err != nil || v < 1 {
					t.Errorf("version %d, %v", v, err)
				}
			})
		}
		wg.Wait()
		require.NoError(t, db.Current(ctx))
	})
}

func TestAccounts(t *testing.T) {
	each(t, func(t *testing.T, db *store.Store) {
		now := start
		svc := account.NewService(db, func() time.Time { return now })
		u, err := svc.CreateUser(ctx, "Ana@Example.com", "Ana", "correct horse battery",
			[]account.Role{account.Moderator})
		require.NoError(t, err)
		_, err = svc.CreateUser(ctx, "ana@example.com", "", "", []account.Role{account.Admin})
		require.True(t, fault.Is(err, "user.exists"), err)
		_, _, err = svc.SignIn(ctx, "ana@example.com", "wrong horse battery")
		require.Equal(t, fault.Unauthorized, fault.KindOf(err))
		token, p, err := svc.SignIn(ctx, " ANA@example.com", "correct horse battery")
		require.NoError(t, err)
		require.True(t, p.Can(account.Moderator))
		require.False(t, p.Can(account.Admin))

		link, err := svc.NewLink(ctx, u.ID)
		require.NoError(t, err)
		_, err = svc.BySession(ctx, link)
		require.Error(t, err, "a link is no session")
		_, _, err = svc.UseLink(ctx, token)
		require.Error(t, err, "a session is no link")
		_, _, err = svc.UseLink(ctx, link)
		require.NoError(t, err)
		_, _, err = svc.UseLink(ctx, link)
		require.Error(t, err, "a link works once")

		clear, k, err := svc.CreateKey(ctx, "", account.Creative)
		require.NoError(t, err)
		require.True(t, account.IsKey(clear))
		p, err = svc.ByKey(ctx, clear)
		require.NoError(t, err)
		require.Equal(t, []account.Role{account.Creative}, p.Roles)
		require.NoError(t, svc.RevokeKey(ctx, k.ID))
		_, err = svc.ByKey(ctx, clear)
		require.Equal(t, fault.Unauthorized, fault.KindOf(err))

		_, err = svc.UpdateUser(ctx, u.ID, "", func(u *account.User) { u.Disabled = true })
		require.NoError(t, err)
		_, err = svc.BySession(ctx, token)
		require.Equal(t, fault.Unauthorized, fault.KindOf(err), "disabling ends sessions")
		_, err = svc.UpdateUser(ctx, u.ID, "", func(u *account.User) { u.Disabled = false })
		require.NoError(t, err)
		now = now.Add(account.SessionLifetime)
		_, err = svc.BySession(ctx, token)
		require.Error(t, err, "sessions run out")
		require.NoError(t, svc.Sweep(ctx))
		users, err := svc.Users(ctx)
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(users, func(x *account.User) bool { return x.Email == "ana@example.com" }))
	})
}
