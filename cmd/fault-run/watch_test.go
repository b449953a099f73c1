//go:build linux

package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMoved_IsANewAttemptOrVersionOrNoWork(t *testing.T) {
	t.Parallel()
	before := row{version: 3, attempt: 1, worker: "host-7"}
	for name, c := range map[string]struct {
		rows map[string]row
		want bool
	}{
		"as before":        {map[string]row{"a": before}, false},
		"another worker":   {map[string]row{"a": {version: 3, attempt: 1, worker: "host-8"}}, false},
		"a new attempt":    {map[string]row{"a": {version: 3, attempt: 2}}, true},
		"another version":  {map[string]row{"a": {version: 4, attempt: 1}}, true},
		"no work":          {map[string]row{"b": before}, true},
		"nothing has work": {nil, true},
	} {
		require.Equal(t, c.want, before.moved(c.rows, "a"), name)
	}
}

// TestRecovered_CountsReadingsAfterTheMoment: what was written before a worker
// died is no recovery.
func TestRecovered_CountsReadingsAfterTheMoment(t *testing.T) {
	t.Parallel()
	died := time.Now()
	hit := map[string]row{"a": {version: 1}}
	w := &watch{rows: map[string]row{"a": {version: 2}}, at: died.Add(-time.Millisecond)}
	took, stuck := w.recovered(t.Context(), hit, died, 300*time.Millisecond)
	require.Empty(t, took)
	require.Equal(t, 1, stuck)
	w.at = died.Add(time.Second)
	took, stuck = w.recovered(t.Context(), hit, died, time.Minute)
	require.Equal(t, []time.Duration{time.Second}, took)
	require.Zero(t, stuck)
	require.Len(t, hit, 1, "the caller's stories stay")
}

func TestStillDue_IsWhatWaitsAtTheEnd(t *testing.T) {
	t.Parallel()
	hit := map[string]row{"a": {version: 1}, "b": {version: 1}, "c": {version: 1}}
	rows := map[string]row{"a": {version: 2}, "c": {version: 5, ladder: true}, "d": {version: 1}}
	require.Equal(t, map[string]row{"a": {version: 2}}, stillDue(hit, rows))
}

func TestFinished_IsTheListingAfterOutputOfTheSameStory(t *testing.T) {
	t.Parallel()
	match := finished()
	for _, c := range []struct {
		method, address string
		want            bool
	}{
		{"GET", "/faults?list-type=2&delimiter=%2F&prefix=public%2F0a%2F", false}, // nothing was stored
		{"PUT", "/faults/public/0a/1/master.m3u8", false},
		{"PUT", "/faults/sources/0b/u1/v.mp4", false},
		{"GET", "/faults?list-type=2&prefix=public%2F0a%2F", false},               // a removal
		{"GET", "/faults?list-type=2&delimiter=%2F&prefix=public%2F0b%2F", false}, // the sweep
		{"GET", "/faults?list-type=2&delimiter=%2F&prefix=review%2F0a%2F", false},
		{"GET", "/faults?list-type=2&delimiter=%2F&prefix=public%2F", false},
		{"GET", "/faults?list-type=2&delimiter=%2F&prefix=public%2F0a%2F", true},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.address, http.NoBody)
		require.Equal(t, c.want, match(r), "%+v", c)
	}
}

func TestLadder_NamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	require.Empty(t, ladder{}.wrong())
	require.NotEmpty(t, ladder{first: true}.wrong())
	require.Equal(t, "ladder given up", ladder{first: true, givenUp: true}.wrong())
}

func TestParseDrift_SumsProcesses(t *testing.T) {
	t.Parallel()
	sum := map[string]int{}
	text := "# TYPE storyreel_drift_total counter\nstoryreel_drift_total{what=\"incoming\"} 3\n" +
		"storyreel_drift_total{what=\"public\"} 1.2e+06\nstoryreel_purges_total{outcome=\"done\"} 9\n"
	require.NoError(t, parseDrift(text, sum))
	require.NoError(t, parseDrift(text, sum))
	require.Equal(t, map[string]int{"incoming": 6, "public": 2_400_000}, sum)
	require.Error(t, parseDrift("go_goroutines 9\n", sum), "figures that are missing are not zero")
	require.Equal(t, "6 incoming, 2400000 public", listed(sum))
	require.Equal(t, "not known", listed(nil))
}
