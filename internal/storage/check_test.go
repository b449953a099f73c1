package storage_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

func TestSetup_KeepsOtherRules(t *testing.T) {
	t.Parallel()
	c := testkit.BucketConfig(t)
	client := operatorClient(c)
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &c.Bucket})
	require.NoError(t, err)
	otherRule := types.CORSRule{
		ID: aws.String("theirs"), AllowedOrigins: []string{"https://theirs.example"}, AllowedMethods: []string{"GET"},
	}
	_, err = client.PutBucketCors(t.Context(),
		&s3.PutBucketCorsInput{
			Bucket: &c.Bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{otherRule}},
		})
	require.NoError(t, err)
	for _, origins := range [][]string{{testkit.Origin}, {testkit.Origin}, {testkit.Origin, "https://second.example"}} {
		c.Origins = origins
		b, err := storage.Open(t.Context(), c)
		require.NoError(t, err)
		require.NoError(t, b.Setup(t.Context()))
		out, err := client.GetBucketCors(t.Context(), &s3.GetBucketCorsInput{Bucket: &c.Bucket})
		require.NoError(t, err)
		require.Len(t, out.CORSRules, 2)
		ours := out.CORSRules[0]
		require.Equal(t, origins, ours.AllowedOrigins)
		require.Equal(t, []string{"PUT", "GET", "HEAD"}, ours.AllowedMethods)
		require.Equal(t, []string{"ETag"}, ours.ExposeHeaders)
		require.Equal(t, "theirs", *out.CORSRules[1].ID)
		policy, err := client.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &c.Bucket})
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(*policy.Policy, `"Effect"`), *policy.Policy)
		for _, f := range b.Check(t.Context()) {
			require.True(t, f.OK, "%+v", f)
		}
	}
}

// TestCheck_UnsafeServer uses a server that allows everything to everybody and
// ignores conditions.
func TestCheck_UnsafeServer(t *testing.T) {
	t.Parallel()
	l := listen(t)
	srv := &http.Server{
		ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			_, _ = io.WriteString(w, "storyreel probe\n<ListBucketResult/>")
		})}
	go srv.Serve(l)                       //nolint:errcheck // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // nothing is pending
	b, err := storage.Open(t.Context(), storage.Config{
		Bucket: "b", Endpoint: "http://" + l.Addr().String(), AccessKey: "a", SecretKey: "s",
		Origins: []string{testkit.Origin},
	})
	require.NoError(t, err)
	details := map[string]string{}
	for _, f := range b.Check(t.Context()) {
		if !f.OK {
			require.NotEmpty(t, f.Fix, f.Name)
			details[f.Name] = f.Detail
		}
	}
	require.Contains(t, details["list"], "of 3 objects, 0 were listed")
	require.Contains(t, details["cors"], "cannot read the ETag")
	require.Contains(t, details["private"], "everybody can read incoming/")
}

func TestCheck_FreshBucketPasses(t *testing.T) {
	t.Parallel()
	b := testkit.Bucket(t)
	names := map[string]storage.Finding{}
	for _, f := range b.Check(t.Context()) {
		require.True(t, f.OK, "%+v", f)
		require.NotEmpty(t, f.Detail)
		names[f.Name] = f
	}
	for _, n := range []string{
		"reachable", "clock", "conditional_put", "checksum", "presigned_put", "multipart", "conditional_complete",
		"copy", "list", "batch_delete", "removal", "cors", "public", "private", "lifecycle",
	} {
		require.Contains(t, names, n)
	}
	require.NoError(t, b.Ping(t.Context()))
	left, err := b.Keys(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, left, "probes are left")
}

func TestCheck_ReportsFaults(t *testing.T) {
	t.Parallel()
	find := func(c storage.Config, name string) storage.Finding {
		b, err := storage.Open(t.Context(), c)
		require.NoError(t, err)
		for _, f := range b.Check(t.Context()) {
			if f.Name == name {
				require.NotContains(t, fmt.Sprint(f), "X-Amz-Signature")
				return f
			}
		}
		t.Fatalf("no finding %s", name)
		return storage.Finding{}
	}
	requireFault := func(c storage.Config, name, detail string) {
		t.Helper()
		f := find(c, name)
		require.False(t, f.OK, "%+v", f)
		require.Contains(t, f.Detail, detail)
		require.NotEmpty(t, f.Fix)
	}
	c := testkit.BucketConfig(t)
	requireFault(c, "reachable", "no bucket")
	require.Contains(t, find(c, "reachable").Fix, "`storyreel bucket`")
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, b.Setup(t.Context()))

	unreachable := c
	unreachable.Endpoint = "http://127.0.0.1:1"
	requireFault(unreachable, "reachable", "refused")
	wrongKey := c
	wrongKey.SecretKey = "wrong"
	requireFault(wrongKey, "reachable", "refuses our credentials")
	foreignOrigin := c
	foreignOrigin.Origins = []string{"https://foreign.example"}
	requireFault(foreignOrigin, "cors", "preflight from https://foreign.example")
	noOrigins := c
	noOrigins.Origins = nil
	requireFault(noOrigins, "cors", "no web origin")
	wrongCDN := c
	wrongCDN.MediaURL = c.Endpoint + "/elsewhere"
	requireFault(wrongCDN, "public", "answers 4")

	publicSources := testkit.BucketConfig(t)
	createWithPolicy(t, publicSources,
		`{"Version":"2012-10-17","Statement":[`+
			`{"Sid":"Others","Effect":"Allow","Principal":"*","Action":"s3:GetObject",`+
			`"Resource":"arn:aws:s3:::`+publicSources.Bucket+`/sources/*"}]}`)
	requireFault(publicSources, "public", "answers 403")
	requireFault(publicSources, "private", "can read sources/")
	// Setup adds its own rules and keeps the operator's, also unsafe ones.
	b, err = storage.Open(t.Context(), publicSources)
	require.NoError(t, err)
	require.NoError(t, b.Setup(t.Context()))
	require.True(t, find(publicSources, "public").OK)
	requireFault(publicSources, "private", "can read sources/")
}

func TestAnonymous_OnlyPublicCanBeRead(t *testing.T) {
	t.Parallel()
	c := testkit.BucketConfig(t)
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	require.NoError(t, b.Setup(t.Context()))
	base := c.Endpoint + "/" + c.Bucket + "/"
	for _, prefix := range []string{
		media.SourcePrefix("s"), media.ReviewPrefix("s", 1), media.PublicPrefix("s", 1),
	} {
		putFiles(t, b, prefix, "f.mp4")
		want := http.StatusForbidden
		if strings.HasPrefix(prefix, media.PublicRoot) {
			want = http.StatusOK
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			status, _, _ := send(t, method, base+prefix+"f.mp4", nil, nil)
			require.Equal(t, want, status, "%s %s", method, prefix)
		}
		status, _, _ := send(t, http.MethodPut, base+prefix+"f.mp4", []byte("mine"), nil)
		require.Equal(t, http.StatusForbidden, status, "overwrite %s", prefix)
		status, _, _ = send(t, http.MethodDelete, base+prefix+"f.mp4", nil, nil)
		require.Equal(t, http.StatusForbidden, status, "delete %s", prefix)
	}
	putObject(t, b, incoming, []byte("x"))
	for _, path := range []string{incoming, "?list-type=2", "?list-type=2&prefix=public/", "?uploads", "?policy"} {
		status, _, body := send(t, http.MethodGet, base+path, nil, nil)
		require.Equal(t, http.StatusForbidden, status, "%s: %s", path, body)
	}
}
