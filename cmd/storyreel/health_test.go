package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/config"
)

// answering is the address of a server that answers /healthz with the status,
// and everything else with 404.
func answering(t *testing.T, status int) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// closedPort is an address at which nothing answers.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func TestHealth_AsksTheAPIOrTheWorkerOfThisConfiguration(t *testing.T) {
	t.Parallel()
	alive, broken, away := answering(t, 200), answering(t, 503), closedPort(t)
	_, port, err := net.SplitHostPort(alive)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		vars []string
		args []string
		code int
	}{
		"API":                {vars: []string{"STORYREEL_LISTEN=" + alive}},
		"API on every one":   {vars: []string{"STORYREEL_LISTEN=0.0.0.0:" + port}},
		"API without host":   {vars: []string{"STORYREEL_LISTEN=:" + port}},
		"API away":           {vars: []string{"STORYREEL_LISTEN=" + away}, code: 1},
		"API broken":         {vars: []string{"STORYREEL_LISTEN=" + broken}, code: 1},
		"worker":             {vars: []string{"STORYREEL_LISTEN=" + away, "STORYREEL_METRICS_LISTEN=" + alive}},
		"API, workers' port": {vars: []string{"STORYREEL_LISTEN=" + alive, "STORYREEL_METRICS_LISTEN=" + away}},
		"none": {
			vars: []string{"STORYREEL_LISTEN=" + away, "STORYREEL_METRICS_LISTEN=" + broken}, code: 1,
		},
		"proxy":               {vars: []string{"STORYREEL_LISTEN=" + alive, "HTTP_PROXY=http://" + away}},
		"URL":                 {args: []string{"--url", "http://" + alive + "/healthz"}},
		"URL of another page": {args: []string{"--url", "http://" + alive + "/"}, code: 1},
		"no address":          {vars: []string{"STORYREEL_LISTEN=8080"}, code: 1},
		"wrong setting":       {vars: []string{"STORYREEL_LISTNE=x"}, code: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runWith(t, append(environment(t), c.vars...), "", append([]string{"health"}, c.args...)...)
			require.Equal(t, c.code, r.code, r.stderr)
			require.Empty(t, r.stdout)
			if c.code != 0 {
				require.Contains(t, r.stderr, "storyreel: ")
			}
		})
	}
}

func TestHealth_AsksTheLoopbackOfItsFamily(t *testing.T) {
	t.Parallel()
	got, err := healthAddresses(config.Config{Listen: "[::]:8080", MetricsListen: "0.0.0.0:9090"})
	require.NoError(t, err)
	require.Equal(t, []string{"http://127.0.0.1:9090/healthz", "http://[::1]:8080/healthz"}, got)
	got, err = healthAddresses(config.Config{Listen: "stories.internal:8080"})
	require.NoError(t, err)
	require.Equal(t, []string{"http://stories.internal:8080/healthz"}, got)
}
