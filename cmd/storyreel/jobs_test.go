package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestJobsRetry_TakesATimeOrADuration: what it retries is tested with the
// service; here nothing has failed.
func TestJobsRetry_TakesATimeOrADuration(t *testing.T) {
	t.Parallel()
	vars := environment(t)
	for _, since := range []string{"2h", "2026-11-26T18:00:00Z", "2026-11-26T19:00:00+01:00"} {
		r := runWith(t, vars, "", "jobs", "retry", "--since", since, "--job", "publish", "--json")
		require.Zero(t, r.code, r.stderr)
		require.JSONEq(t, `{"retried":0}`, r.stdout)
	}
	for _, args := range [][]string{{"--since", "yesterday"}, {"--since", "2h", "--job", "remove"}, nil} {
		require.Equal(t, 2, runWith(t, vars, "", append([]string{"jobs", "retry"}, args...)...).code, "%v", args)
	}
}
