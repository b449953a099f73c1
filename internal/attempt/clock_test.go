package attempt_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/attempt"
	"github.com/storyreel/storyreel/internal/campaign"
	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/store"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// stepped is a machine whose clock goes wrong.
type stepped struct {
	*attempt.Service
	stories *story.Service
	offset  atomic.Int64 // nanoseconds
}

func (s *stepped) now() time.Time { return time.Now().Add(time.Duration(s.offset.Load())) }

func newStepped(db *store.Store, e *testkit.Env) *stepped {
	s := &stepped{}
	s.stories = story.NewService(db, e, s.now, story.Options{Lease: time.Minute}, e.Log)
	s.Service = attempt.NewService(db, s.stories, e, s.now, attempt.Options{})
	return s
}

// work takes the story's job as often as this machine's clock says that it is
// due, until the story is published.
func (s *stepped) work(t *testing.T, id string) error {
	for {
		st, err := s.stories.Get(t.Context(), id)
		if err != nil || st.State == story.Published {
			return err
		}
		now := s.now()
		j, due := st.Work(now, now.Add(-s.stories.Lease()))
		if !due {
			continue
		}
		if _, err = s.Start(t.Context(), j); err == nil {
			err = s.Beat(t.Context(), j, 0.5)
		}
		if err == nil {
			set := media.Assets{Prefix: media.PublicPrefix(id, j.Attempt), HLS: "master.m3u8"}
			_, err = s.Published(t.Context(), j, set)
		}
		if err != nil && fault.KindOf(err) != fault.Conflict {
			return err
		}
	}
}

// TestClocks_FiveMinutesApart lets two machines work on the same stories while
// their clocks step to five minutes before and after each other, so that each
// takes the other for lost. Every story is published once, and none fails.
func TestClocks_FiveMinutesApart(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), testkit.PostgresURL(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrate(t.Context())
	require.NoError(t, err)
	e := testkit.NewEnv(t)
	e.DB, e.Now = db, time.Now()
	e.Campaigns = campaign.NewService(db, e.Clock)
	e.Campaign = e.NewCampaign("clocks")
	machines := []*stepped{newStepped(db, e), newStepped(db, e)}
	for n := range 20 {
		step := int64(5 * time.Minute)
		if n%2 == 0 {
			step = -step
		}
		machines[0].offset.Store(step)
		machines[1].offset.Store(-step)
		st := e.Story(story.Approved)
		var all sync.WaitGroup
		errs := make([]error, len(machines))
		for i, m := range machines {
			all.Go(func() { errs[i] = m.work(t, st.ID) })
		}
		machines[1].offset.Store(step) // while they work
		all.Wait()
		require.NoError(t, errs[0])
		require.NoError(t, errs[1])
		published := 0
		history, err := machines[0].stories.History(t.Context(), st.ID)
		require.NoError(t, err)
		for _, line := range history {
			if line.Event == story.EventPublished {
				published++
			}
		}
		require.Equal(t, 1, published)
	}
}
