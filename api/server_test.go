package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCORS_TokensFromListedOriginsOnly(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	path := "/v1/campaigns/" + e.slug
	a := e.want(200, "GET", path, "", nil, "Origin", "https://brand.example")
	require.Equal(t, "https://brand.example", a.header.Get("Access-Control-Allow-Origin"))
	require.Empty(t, a.header.Get("Access-Control-Allow-Credentials"))
	a = e.want(200, "GET", path, "", nil, "Origin", "https://evil.example")
	require.Empty(t, a.header.Get("Access-Control-Allow-Origin"))
	a = e.want(204, "OPTIONS", path+"/stories", "", nil, "Origin", "https://brand.example",
		"Access-Control-Request-Method", "POST")
	require.Contains(t, a.header.Get("Access-Control-Allow-Headers"), "Idempotency-Key")
}
