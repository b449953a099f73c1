package api

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEvents_ReportEveryChange(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	b := e.begin(5)
	req, err := http.NewRequestWithContext(ctx, "GET", e.url+"/v1/stories/"+b.Story.ID+"/events", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+b.Token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	lines := bufio.NewScanner(resp.Body)
	next := func(state string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), `"state":"`+state+`"`) {
				return
			}
		}
		t.Fatalf("the stream ended before %s", state)
	}
	next("awaiting_upload")
	require.Equal(t, 200, put(t, b.Upload.Requests[0], []byte("bytes")))
	e.want(200, "POST", "/v1/stories/"+b.Story.ID+"/upload/complete", b.Token, nil)
	next("uploaded")
	e.want(401, "GET", "/v1/stories/"+b.Story.ID+"/events", "", nil)
}
