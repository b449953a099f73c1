package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.want(200, "GET", "/healthz", "", nil)
	a := e.want(503, "GET", "/readyz", "", nil)
	require.Contains(t, string(a.body), "not ready", "a service without checks is not ready")
	e.want(401, "GET", "/metrics", "", nil)
	e.want(403, "GET", "/metrics", e.keys[account.Creative], nil)
}
