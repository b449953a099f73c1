package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// TestStores_FromUploadToErasure takes a story all the way on servers that
// differ from AWS, behind a caching proxy that would keep its media for a week.
func TestStores_FromUploadToErasure(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"OCI", "B2", "GCS"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s3 := testkit.Store(t, testkit.Stores()[name])
			e, _ := over(t, s3,
				"STORYREEL_MEDIA_URL="+testkit.Varnish(t, s3.Endpoint)+"/"+s3.Bucket,
				"STORYREEL_MEDIA_CDN_MAX_AGE=168h",
				"STORYREEL_PURGE_URL={url}", "STORYREEL_PURGE_METHOD=PURGE")
			found, _ := e.try("doctor")
			require.Contains(t, found, "an object that was removed is purged from the CDN")
			for line := range strings.Lines(found) {
				// Whoever runs a server without bucket CORS allows this test's origin there.
				require.False(t, strings.HasPrefix(line, "FAIL") && !strings.Contains(line, "storage cors"), line)
			}
			e.up("serve")
			e.start("work")
			st, err := e.submit(clips.Get(t, "rotated"), "in_review")
			require.NoError(t, err)
			e.decide(st.ID, "approve")
			e.await(st.ID, "published")
			e.refined(st.ID)
			media := e.item(st.ID)
			for _, want := range []string{"miss", "hit"} {
				for _, address := range []string{media.MP4, media.HLS, media.Poster} {
					resp, err := http.Get(address)
					require.NoError(t, err)
					require.NoError(t, resp.Body.Close())
					require.Equal(t, []any{http.StatusOK, want}, []any{resp.StatusCode, resp.Header.Get("X-Cache")})
					require.Contains(t, resp.Header.Get("Cache-Control"), "s-maxage=604800")
				}
			}

			status, _ := e.call("DELETE", "/v1/stories/"+st.ID, st.token, nil)
			require.Equal(t, 200, status)
			e.await(st.ID, "erased")
			for _, address := range []string{media.MP4, media.HLS, media.Poster} {
				resp, err := http.Get(address)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				require.NotEqual(t, http.StatusOK, resp.StatusCode, strings.TrimPrefix(address, s3.Endpoint))
			}
			left, err := testkit.BucketNamed(t, s3.Bucket).Keys(context.Background(), "", "", 10)
			require.NoError(t, err)
			require.Empty(t, left, "the server behind the imitation holds versions too")
		})
	}
}

// TestDoctor_TriesTheServerOfUpByItself: the address that `up` gives to browsers
// leads to the running service, not to the server that doctor starts and tries.
func TestDoctor_TriesTheServerOfUpByItself(t *testing.T) {
	t.Parallel()
	nowhere := "http://" + freePort(t)
	e := newEnv(t, "STORYREEL_S3_PUBLIC_ENDPOINT="+nowhere, "STORYREEL_MEDIA_URL="+nowhere)
	found, err := e.try("doctor")
	require.NoError(t, err, found)
	require.Contains(t, found, "uploads in presigned parts work")
}
