package story_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var ctx = context.Background()

// board records announcements; Redis is not what these tests are about.
type noticeboard struct{ jobs []story.Job }

func (n *noticeboard) Enqueue(_ context.Context, j story.Job) error {
	n.jobs = append(n.jobs, j)
	return nil
}

// house is the service over a real database and bucket, with a clock of the
// test's own.
type house struct {
	*story.Service
	t      *testing.T
	db     *store.Store
	bucket *storage.Bucket
	jobs   *noticeboard
	now    time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrate(ctx)
	require.NoError(t, err)
	h := &house{
		t: t, db: db, bucket: testkit.Bucket(t), jobs: &noticeboard{}, now: time.Now().UTC().Truncate(time.Microsecond),
	}
	clock := func() time.Time { return h.now }
	camps := campaign.NewService(db, clock)
	require.NoError(t, camps.Create(ctx, &campaign.Campaign{Slug: "song", Title: "Song"}))
	_, err = camps.AddReleaseForm(ctx, "song", campaign.ReleaseForm{Text: "You may use my video in advertising."})
	require.NoError(t, err)
	h.Service = story.NewService(db, h.bucket, h.jobs, camps, clock, story.Options{}, slog.New(slog.DiscardHandler))
	return h
}

func (h *house) begin(bytes int64) (*story.Story, *story.UploadPlan) {
	h.t.Helper()
	st, _, plan, err := h.Begin(ctx, story.BeginRequest{
		Campaign: "song", Contributor: story.Contributor{Name: "Zoë"},
		Song:      story.Song{Title: "Heroes", Artist: "David Bowie"},
		Agreement: story.Agreement{Version: 1, Agreed: true, OfAge: true, OthersAgreed: true},
		File:      story.File{Bytes: bytes, ContentType: "video/mp4"},
	})
	require.NoError(h.t, err)
	return st, plan
}

func (h *house) put(r media.Signed, n int64) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(make([]byte, n)))
	require.NoError(h.t, err)
	for k, v := range r.Headers {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(h.t, err)
	require.NoError(h.t, resp.Body.Close())
	require.Equal(h.t, 200, resp.StatusCode)
}

func (h *house) state(id string) story.State {
	h.t.Helper()
	st, err := h.Get(ctx, id)
	require.NoError(h.t, err)
	return st.State
}

func (h *house) uploaded() *story.Story {
	h.t.Helper()
	st, plan := h.begin(5)
	h.put(plan.Requests[0], 5)
	st, err := h.Complete(ctx, st.ID, account.Actor{Role: account.Contributor})
	require.NoError(h.t, err)
	return st
}

func TestCheckUploads_CompletesForABrowserThatVanished(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, plan := h.begin(5)
	h.put(plan.Requests[0], 5)
	many, parts := h.begin(17 << 20)
	for _, r := range parts.Requests {
		h.put(r, many.Upload.PartBytes(r.Part))
	}
	half, plan := h.begin(17 << 20)
	h.put(plan.Requests[0], 8<<20)

	completed, expired, err := h.CheckUploads(ctx, 10)
	require.NoError(t, err)
	require.Zero(t, completed+expired, "nobody is hurried")
	h.now = h.now.Add(3 * time.Minute)
	completed, expired, err = h.CheckUploads(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, 2, completed)
	require.Zero(t, expired)
	require.Equal(t, story.Uploaded, h.state(one.ID))
	require.Equal(t, story.Uploaded, h.state(many.ID))
	require.Equal(t, story.AwaitingUpload, h.state(half.ID))

	h.now = h.now.Add(25 * time.Hour)
	_, expired, err = h.CheckUploads(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, 1, expired)
	require.Equal(t, story.Expired, h.state(half.ID))
	left, err := h.bucket.PartialUploads(ctx, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, left, "its parts are gone")
}

func TestFail_HealsAFewTimesThenAsksForHelp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	st := h.uploaded()
	away := fault.New(fault.Unavailable, "storage.unavailable", "storage is away")
	pause := time.Duration(0)
	for try := 1; try <= 5; try++ {
		j := story.Job{Kind: story.Prepare, Story: st.ID, Attempt: try}
		_, err := h.Start(ctx, j)
		require.NoError(t, err)
		st, err = h.Fail(ctx, j, away)
		require.NoError(t, err)
		if try < 5 {
			require.Equal(t, story.Uploaded, st.State)
			wait := st.NextRunAt.Sub(h.now)
			require.Greater(t, wait, pause, "pauses grow")
			pause = wait
			_, err = h.Start(ctx, story.Job{Kind: story.Prepare, Story: st.ID, Attempt: try + 1})
			require.True(t, fault.Is(err, "job.overtaken"), "not before its time")
			h.now = h.now.Add(wait)
		}
	}
	require.Equal(t, story.Failed, st.State)
	require.Equal(t, "storage.unavailable", st.Failure.Code)
	troubled, err := h.Troubled(ctx, 10)
	require.NoError(t, err)
	require.Len(t, troubled, 1)
	st, err = h.Retry(ctx, st.ID, account.Actor{Role: account.Admin, Name: "Op"})
	require.NoError(t, err)
	require.Equal(t, story.Uploaded, st.State)
	require.Equal(t, story.Job{Kind: story.Prepare, Story: st.ID, Attempt: 6}, h.jobs.jobs[len(h.jobs.jobs)-1])
}

func TestFail_BadInputIsNeverTriedAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	st := h.uploaded()
	j := story.Job{Kind: story.Prepare, Story: st.ID, Attempt: 1}
	_, err := h.Start(ctx, j)
	require.NoError(t, err)
	st, err = h.Fail(ctx, j, fault.New(fault.Invalid, "too_long", "cut it"))
	require.NoError(t, err)
	require.Equal(t, story.Failed, st.State)
	require.Equal(t, &story.Failure{Code: "too_long", Detail: "cut it", Job: story.Prepare}, st.Failure)
	_, _, err = h.Replace(ctx, st.ID, story.File{Bytes: 6, ContentType: "video/mp4"}, media.Cut{})
	require.NoError(t, err)
	require.Equal(t, story.AwaitingUpload, h.state(st.ID))

	st = h.uploaded()
	j.Story = st.ID
	_, err = h.Start(ctx, j)
	require.NoError(t, err)
	st, err = h.Fail(ctx, j, errors.New("secret path /x"))
	require.NoError(t, err)
	require.Equal(t, story.Uploaded, st.State, "what nobody understands is tried again")
}

func TestStart_FencesEarlierTries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	st := h.uploaded()
	first := story.Job{Kind: story.Prepare, Story: st.ID, Attempt: 1}
	second := story.Job{Kind: story.Prepare, Story: st.ID, Attempt: 2}
	_, err := h.Start(ctx, first)
	require.NoError(t, err)
	_, err = h.Start(ctx, first)
	require.True(t, fault.Is(err, "job.overtaken"), "the same announcement twice")
	_, err = h.Start(ctx, second)
	require.True(t, fault.Is(err, "job.overtaken"), "the first is alive")
	h.now = h.now.Add(59 * time.Second)
	require.NoError(t, h.Beat(ctx, first, 0.5))
	h.now = h.now.Add(61 * time.Second)
	_, err = h.Start(ctx, second)
	require.NoError(t, err, "the first fell silent")
	require.True(t, fault.Is(h.Beat(ctx, first, 0.6), "job.overtaken"))
	_, err = h.Prepared(ctx, first, media.Media{}, media.Findings{}, media.Set{})
	require.True(t, fault.Is(err, "job.overtaken"))
	_, err = h.Fail(ctx, first, errors.New("late"))
	require.True(t, fault.Is(err, "job.overtaken"))
	require.True(t, fault.Is(h.HandBack(ctx, first), "job.overtaken"))
	_, err = h.Prepared(ctx, second, media.Media{}, media.Findings{}, media.Set{})
	require.NoError(t, err)
	require.Equal(t, story.InReview, h.state(st.ID))
}

func TestStart_GivesUpOnAStoryThatKillsItsWorkers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	st := h.uploaded()
	for try := 1; try <= 6; try++ {
		var err error
		st, err = h.Start(ctx, story.Job{Kind: story.Prepare, Story: st.ID, Attempt: try})
		require.NoError(t, err)
		h.now = h.now.Add(2 * time.Minute)
	}
	require.Equal(t, story.Failed, st.State)
	require.Equal(t, "worker.lost", st.Failure.Code)
}

// TestMachine_RandomWalks lets everybody do anything in any order and checks
// what must hold whatever they do.
func TestMachine_RandomWalks(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var events []story.Event
	for _, tr := range story.Transitions() {
		if !slices.Contains(events, tr.Event) {
			events = append(events, tr.Event)
		}
	}
	roles := []account.Role{account.Contributor, account.Moderator, account.Creative, account.Admin, account.System}
	for range 2000 {
		st := &story.Story{ID: "s", State: story.AwaitingUpload}
		approved := false
		for range 40 {
			e, role := events[r.IntN(len(events))], roles[r.IntN(len(roles))]
			from := st.State
			line, err := st.Apply(e, account.Actor{Role: role}, time.Now())
			if err != nil {
				require.Equal(t, from, st.State, "a refused event moves nothing")
				continue
			}
			require.Equal(t, from, line.From)
			require.Equal(t, st.State, line.To)
			require.NotEqual(t, story.Erased, from)
			switch e {
			case story.EventApproved:
				require.Equal(t, account.Moderator, role)
				approved = true
			case story.EventReplaced:
				approved = false
			case story.EventFailed:
				st.Failure = &story.Failure{Job: story.Prepare}
				if from == story.Publishing {
					st.Failure.Job = story.Publish
				}
			}
			if slices.Contains([]story.State{story.Approved, story.Publishing, story.Published, story.Hidden},
				st.State) {
				require.True(t, approved, "%s without an approval", st.State)
			}
		}
	}
}
