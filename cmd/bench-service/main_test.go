package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/review"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/million"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestBar_NamesWhatIsMissed(t *testing.T) {
	t.Parallel()
	of := func(p99 time.Duration) result { return result{p99: p99} }
	for _, c := range []struct {
		name, want string
		base, last time.Duration
	}{
		{"feed, first page", "met", 3 * time.Millisecond, 4 * time.Millisecond},
		// less than a millisecond counts as one
		{"feed, first page", "met", 100 * time.Microsecond, 1400 * time.Microsecond},
		{"claim, ten stories", "**missed**: p99 above 1.5 × the small one", 2 * time.Millisecond, 4 * time.Millisecond},
		{
			"decision", "**missed**: p99 above 5ms, p99 above 1.5 × the small one",
			time.Millisecond, 6 * time.Millisecond,
		},
		{"search, common word, newest", "met", time.Millisecond, 49 * time.Millisecond},
		{"facets, square", "**missed**: p99 above 30ms", time.Millisecond, 31 * time.Millisecond},
		{"sweep, nothing due", "**missed**: p99 above 1.5 × the small one", time.Millisecond, 2 * time.Millisecond},
		{"start-up, until serve is ready", "met", time.Millisecond, time.Second},
		{"history", "", time.Millisecond, time.Hour},
	} {
		require.Equal(t, c.want, barOf(c.name).judge(of(c.base), of(c.last)), c.name)
	}
}

func TestIsGone_OnlyWhereNothingCanBeRead(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{
		200: false, 206: false, 301: false, 302: false, 304: false, 400: false, 401: false, 416: false, 429: false,
		500: false, 502: false, 503: false, 403: true, 404: true, 410: true,
	} {
		require.Equal(t, want, isGone(status), status)
	}
}

func TestTraffic_JudgesStoriesApart(t *testing.T) {
	t.Parallel()
	well := traffic{requests: 100_000, published: 500, rejected: 500, followed: 1000}
	for name, c := range map[string]struct {
		change            func(*traffic)
		requests, stories string
	}{
		"all went well":        {func(*traffic) {}, "met", "met"},
		"one of many was lost": {func(t *traffic) { t.failed, t.lost = 1, 1 }, "met", "met"},
		"a pipeline that stands still": {
			func(t *traffic) { t.failed, t.lost = 40, 40 }, "met", "**missed**: stories did not go their way",
		},
		"readers failed": {func(t *traffic) { t.failed = 101 }, "**missed**: requests failed", "met"},
		"nothing was published": {
			func(t *traffic) { t.published, t.followed = 0, 500 }, "met", "**missed**: no story was published",
		},
		"nothing happened": {
			func(t *traffic) { *t = traffic{} }, "met",
			"**missed**: no story was published, no story was rejected",
		},
	} {
		got := well
		c.change(&got)
		requests, stories := got.judge()
		require.Equal(t, c.requests, requests, name)
		require.Equal(t, c.stories, stories, name)
	}
}

func TestHeld_NamesHowManyLaddersWereLeft(t *testing.T) {
	t.Parallel()
	require.NoError(t, held(200, 200))
	require.NoError(t, held(100, 200))
	require.EqualError(t, held(99, 200),
		"only 99 of 200 ladders were left at the end; take a larger -ladders or a smaller -runs")
	require.Error(t, held(0, 1))
}

func TestCheckFound_NamesReadsThatFoundNothing(t *testing.T) {
	t.Parallel()
	n := 0
	read := func(name string) operation { return reading(name, func() (int, error) { return n, nil }) }
	rare, none := read("feed, song rare"), read("queue, a language that nobody has")
	require.NoError(t, rare.do())
	require.EqualError(t, rare.checkFound(), "feed, song rare: found nothing in a large database")
	require.NoError(t, none.checkFound())
	require.NoError(t, operation{name: "claim, ten stories"}.checkFound(), "no read")
	n = 7
	require.NoError(t, rare.do())
	n = 0
	require.NoError(t, rare.do())
	require.NoError(t, rare.checkFound(), "found once")
}

func TestDueLadders_CountsStoriesOfBothDatabases(t *testing.T) {
	t.Parallel()
	for kind, address := range map[string]string{
		"sqlite": "sqlite:" + t.TempDir() + "/test.db", "postgres": testkit.PostgresURL(t),
	} {
		db, err := open(t.Context(), address)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		require.NoError(t, prepare(t.Context(), db, kind, address, million.Seed, 100))
		in := &installation{address: address}
		n, err := in.dueLadders(t.Context())
		require.NoError(t, err)
		require.Zero(t, n, kind)
		raw, err := openRaw(address)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, raw.Close()) })
		done, err := raw.ExecContext(t.Context(), "UPDATE stories SET ladder = 2 WHERE state = 'published'")
		require.NoError(t, err)
		want, err := done.RowsAffected()
		require.NoError(t, err)
		require.Positive(t, want)
		n, err = in.dueLadders(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, want, n, kind)
	}
}

func TestQuantile_OfFewAndOfNone(t *testing.T) {
	t.Parallel()
	require.Zero(t, quantile(nil, 0.5))
	require.Equal(t, time.Second, quantile([]time.Duration{time.Second}, 0.99))
	require.Equal(t, 2*time.Second, quantile([]time.Duration{3 * time.Second, time.Second, 2 * time.Second}, 0.5))
}

func TestPlot_IsSVGOfEachFigure(t *testing.T) {
	t.Parallel()
	text := plot([]sample{{at: time.Minute, queued: 3}, {at: 2 * time.Minute, queued: 1}})
	d := xml.NewDecoder(strings.NewReader(text))
	lines := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "polyline" {
			lines++
		}
	}
	require.Len(t, columns(), lines)
	require.Contains(t, text, "2m0s of mixed traffic, 2 samples")
}

// TestOperations_LeaveTheStoriesAsTheyWere: databases are kept for later runs.
func TestOperations_LeaveTheStoriesAsTheyWere(t *testing.T) {
	t.Parallel()
	b := &bench{dir: t.TempDir()}
	var err error
	b.services, err = startServices(t.Context(), b.dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.services.close()) })
	for kind, address := range map[string]string{
		"sqlite": "sqlite:" + b.dir + "/test.db", "postgres": testkit.PostgresURL(t),
	} {
		db, err := open(t.Context(), address)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		require.NoError(t, prepare(t.Context(), db, kind, address, million.Seed, 300))
		before, err := db.CountStates(t.Context(), million.Campaign)
		require.NoError(t, err)
		list, closing, err := b.operations(t.Context(), db, address, true, true)
		require.NoError(t, err)
		t.Cleanup(closing)
		for _, o := range list {
			if o.name == "start-up, until serve is ready" {
				continue // needs the built binary
			}
			o.times = 2
			_, err := o.measure()
			require.NoError(t, err, o.name)
		}
		after, err := db.CountStates(t.Context(), million.Campaign)
		require.NoError(t, err)
		require.Equal(t, before, after, kind)
		claimants, err := review.NewService(db, nil, nil, time.Now).Claimants(t.Context(), review.Filter{})
		require.NoError(t, err)
		require.Empty(t, claimants, kind)
	}
}

// TestBacklog_WaitsForReviewCopies: all of it is due, and nothing else is there.
func TestBacklog_WaitsForReviewCopies(t *testing.T) {
	t.Parallel()
	const n = 120
	for kind, address := range map[string]string{
		"sqlite": "sqlite:" + t.TempDir() + "/test.db", "postgres": testkit.PostgresURL(t),
	} {
		db, err := open(t.Context(), address)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		require.NoError(t, prepare(t.Context(), db, kind, address, million.Backlog, n))
		states, err := db.CountStates(t.Context(), million.Campaign)
		require.NoError(t, err)
		require.EqualValues(t, n, states["uploaded"])
		due, err := db.Due(t.Context(), time.Now(), time.Now(), 2*n)
		require.NoError(t, err)
		require.Len(t, due, n, kind)
	}
}
