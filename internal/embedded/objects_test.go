//go:build !noembed

package embedded

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

func TestWhole_EndsNotBeforeTheLength(t *testing.T) {
	t.Parallel()
	_, err := io.ReadAll(whole(strings.NewReader("half"), aws.Int64(8)))
	require.ErrorIs(t, err, errCutBody)
	got, err := io.ReadAll(whole(strings.NewReader("complete"), aws.Int64(8)))
	require.NoError(t, err)
	require.Equal(t, "complete", string(got))
	require.Nil(t, whole(nil, aws.Int64(0)))
}

// TestS3_KeepsNothingOfACutUpload: clients go away in the middle of bodies. An
// object of half a body would also refuse the repeated request, which may not
// replace what is there.
func TestS3_KeepsNothingOfACutUpload(t *testing.T) {
	t.Parallel()
	s, c := startWithBucket(t, tempDir(t))
	defer s.Close()
	const size = 20_000
	var all sync.WaitGroup
	for n := range 100 {
		signed, err := s3.NewPresignClient(c).PresignPutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("stories"), Key: aws.String(fmt.Sprintf("incoming/s/%d", n)),
			ContentLength: aws.Int64(size), IfNoneMatch: aws.String("*"),
		})
		require.NoError(t, err)
		all.Go(func() {
			body := io.MultiReader(strings.NewReader(strings.Repeat("x", size/2)), cutReader{})
			req, err := http.NewRequestWithContext(t.Context(), signed.Method, signed.URL, body)
			if err != nil {
				return // the count below fails
			}
			req.ContentLength, req.Header = size, signed.SignedHeader
			if resp, err := http.DefaultClient.Do(req); err == nil {
				resp.Body.Close()
			}
		})
	}
	all.Wait()
	out, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("stories")})
	require.NoError(t, err)
	for _, o := range out.Contents {
		t.Errorf("%s has %d bytes", *o.Key, *o.Size)
	}
}

// cutReader fails, so that the client resets the connection.
type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrNoProgress }
