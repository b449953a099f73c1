package e2e

import (
	"encoding/json"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
)

// awaitAttempts waits until the tries at the story's work are these: kind and
// outcome of each. The record of a try is closed just after the story moved.
func (e *env) awaitAttempts(id string, want ...string) {
	e.t.Helper()
	var got []string
	defer func() {
		if e.t.Failed() {
			e.t.Logf("attempts: %q, want %q", got, want)
		}
	}()
	testkit.Eventually(e.t, patience, func() bool { got = e.attempts(id); return slices.Equal(got, want) })
}

// awaitLadder waits until a worker makes the story's ladder.
func (e *env) awaitLadder(id string) {
	e.t.Helper()
	testkit.Eventually(e.t, patience, func() bool { return slices.Contains(e.attempts(id), "ladder ") })
}

// refined waits until the story has its ladder.
func (e *env) refined(id string) {
	e.t.Helper()
	testkit.Eventually(e.t, patience, func() bool { return slices.Contains(e.attempts(id), "ladder done") })
}

// attempts returns kind and outcome of each try.
func (e *env) attempts(id string) []string {
	e.t.Helper()
	status, body := e.call("GET", "/v1/stories/"+id+"/history", e.key("admin"), nil)
	require.Equal(e.t, 200, status)
	var h struct {
		Attempts []struct{ Kind, Outcome string }
	}
	require.NoError(e.t, json.Unmarshal(body, &h))
	var out []string
	for _, a := range h.Attempts {
		out = append(out, a.Kind+" "+a.Outcome)
	}
	return out
}
