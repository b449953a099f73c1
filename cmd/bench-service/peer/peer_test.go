package peer

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestServe_SignsAsManyAsAsked(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	settings, err := json.Marshal(Settings{
		Listen: address, Endpoint: "http://127.0.0.1:1", Region: "us-east-1", Bucket: "b", AccessKey: "a",
		SecretKey: "s",
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, string(settings)) }()
	var answer *http.Response
	post := func(path string) bool {
		answer, err = http.Post("http://"+address+path, "application/json", nil)
		return err == nil
	}
	require.Eventually(t, func() bool { return post("/parts/3") }, time.Minute, 10*time.Millisecond)
	var signed []request
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&signed))
	answer.Body.Close()
	require.Len(t, signed, 3)
	for i, r := range signed {
		u, err := url.Parse(r.URL)
		require.NoError(t, err)
		require.Equal(t, i+1, r.Part)
		require.NotEmpty(t, u.Query().Get("X-Amz-Signature"))
	}
	require.True(t, post("/parts/1001"))
	answer.Body.Close()
	require.Equal(t, http.StatusBadRequest, answer.StatusCode)
	stop()
	require.NoError(t, <-ended)
	require.Error(t, Serve(t.Context(), "no JSON"))
}
