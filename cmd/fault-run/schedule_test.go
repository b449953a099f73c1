//go:build linux

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func lines(s *schedule) []string {
	var out []string
	for _, p := range s.Single {
		out = append(out, fmt.Sprint(p, p.Before, p.Share, p.Seed))
	}
	for _, t := range tracks() {
		for _, p := range s.Mixed[t] {
			out = append(out, fmt.Sprint(p, p.Before, p.Share, p.Seed))
		}
	}
	return out
}

func TestSchedule_FollowsFromTheSeed(t *testing.T) {
	t.Parallel()
	all := kinds(13*time.Second, time.Minute)
	first := newSchedule(7, all, 160, false, 10*time.Second)
	require.Equal(t, lines(first), lines(newSchedule(7, all, 160, false, 10*time.Second)))
	require.NotEqual(t, lines(first), lines(newSchedule(8, all, 160, false, 10*time.Second)))
	require.Equal(t, 160, first.total())
	require.Len(t, first.Single, len(all), "each kind by itself")
	times := map[string]int{}
	for _, track := range first.Mixed {
		for _, p := range track {
			times[p.Kind.name]++
			if p.Kind.on == onWorkers {
				require.True(t, isWorker(p.On), p)
			}
			if p.Kind.least > 0 {
				require.GreaterOrEqual(t, p.Lasts, p.Kind.least)
			} else {
				require.LessOrEqual(t, p.Lasts, 10*time.Second, p)
			}
		}
	}
	for _, k := range all {
		require.Positive(t, times[k.name], k.name)
	}
}

func TestSchedule_AShortRunHasNoSingles(t *testing.T) {
	t.Parallel()
	s := newSchedule(1, kinds(time.Second, time.Second), 24, true, time.Second)
	require.Empty(t, s.Single)
	require.Equal(t, 24, s.total())
}

func TestLedger_KeepsWhatWasAcknowledgedLast(t *testing.T) {
	t.Parallel()
	l := &ledger{}
	e := &entry{ID: "a", want: []string{"in_review"}}
	l.add(e)
	before := l.all()[0]
	l.may(e, "published", "published")
	require.Equal(t, []string{"in_review", "published"}, l.all()[0].want, "sent and not answered")
	l.must(e, "published")
	require.Equal(t, []string{"published"}, l.all()[0].want)
	require.Equal(t, []string{"in_review"}, before.want, "a copy stays as it was")
}

func TestParseStat_NamesMayHoldAnything(t *testing.T) {
	t.Parallel()
	pid, name, parent := parseStat("42 (a) b (c) S 7 1 1 0")
	require.Equal(t, 42, pid)
	require.Equal(t, "a) b (c", name)
	require.Equal(t, 7, parent)
}

func TestUnchecked_IsWhatAStrictServerRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, address, header string
		refused                 bool
	}{
		{"PUT", "/b/k", "X-Amz-Checksum-Crc32", false},
		{"PUT", "/b/k", "Content-Md5", false},
		{"PUT", "/b/k", "X-Amz-Copy-Source", false},
		{"PUT", "/b/k", "X-Other", true},
		{"POST", "/b?delete", "X-Amz-Checksum-Crc32", true},
		{"POST", "/b?uploads", "X-Other", false},
		{"GET", "/b/k", "X-Other", false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.address, strings.NewReader("x"))
		r.Header.Set(c.header, "v")
		require.False(t, unchecked(r), "signed in the address, as a browser's")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256")
		require.Equal(t, c.refused, unchecked(r), "%+v", c)
	}
}

// TestStorageProxy_Misbehaves cuts, refuses and aims at requests to a server
// that answers everything.
func TestStorageProxy_Misbehaves(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("x", 1000)))
	}))
	t.Cleanup(server.Close)
	p, err := newStorageProxy(t.Context(), strings.TrimPrefix(server.URL, "http://"))
	require.NoError(t, err)
	c := newCaller(nil)
	send := func(method, body string) (answered, error) {
		req, err := http.NewRequestWithContext(t.Context(), method, p.endpoint+"/b/k", strings.NewReader(body))
		require.NoError(t, err)
		return c.once(req)
	}
	got, err := send(http.MethodGet, "")
	require.NoError(t, err)
	require.Len(t, got.body, 1000)
	p.mode.Store(&storageFault{kind: cutGet, every: 1})
	_, err = send(http.MethodGet, "")
	require.Error(t, err)
	p.mode.Store(&storageFault{kind: cutPut, every: 1})
	_, err = send(http.MethodPut, "some text")
	require.Error(t, err)
	p.mode.Store(&storageFault{kind: refusing, every: 1})
	got, err = send(http.MethodGet, "")
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	p.mode.Store(nil)
	fired := 0
	a := &aim{
		match: func(r *http.Request) bool { return r.Method == http.MethodPut }, fire: func() { fired++ },
		hit: make(chan struct{}),
	}
	p.aim.Store(a)
	_, err = send(http.MethodPut, "some text")
	require.Error(t, err, "the process does not learn of it")
	<-a.hit
	_, err = send(http.MethodPut, "some text")
	require.NoError(t, err)
	require.Equal(t, 1, fired)
}
