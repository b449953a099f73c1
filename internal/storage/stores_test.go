package storage_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

// TestStores_KeepTheContract runs what the rest of the program relies on
// against every kind of server.
func TestStores_KeepTheContract(t *testing.T) {
	t.Parallel()
	for name, quirks := range testkit.Stores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := testkit.Store(t, quirks)
			b, err := storage.Open(t.Context(), c)
			require.NoError(t, err)
			policyless := quirks.NoBucketSettings != 0
			if err := b.Setup(t.Context()); policyless {
				require.Error(t, err, "Setup reports that nobody can read what is published")
			} else {
				require.NoError(t, err)
			}
			contractOfUploads(t, b)
			contractOfParts(t, b)
			contractOfRemoval(t, b)
			requireEmpty(t, c, quirks)
			contractOfDoctor(t, b, quirks)
			requireEmpty(t, c, quirks)
		})
	}
}

// contractOfUploads: one object of the signed length, whose pinned copy is
// what was fetched, whatever is written later.
func contractOfUploads(t *testing.T, b *storage.Bucket) {
	t.Helper()
	key, to := media.IncomingKey("story", "one"), media.SourceKey("story", "one")
	s, err := b.SignPut(t.Context(), key, 5, "video/mp4", sha256Base64([]byte("first")), time.Minute)
	require.NoError(t, err)
	status, _, _ := send(t, s.Method, s.URL, []byte("longer"), s.Headers)
	require.Equal(t, http.StatusForbidden, status, "another length")
	status, _, text := send(t, s.Method, s.URL, []byte("first"), s.Headers)
	require.Equal(t, http.StatusOK, status, text)
	o, err := b.Head(t.Context(), key)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "source")
	_, n, err := b.Fetch(t.Context(), key, o.ETag, path)
	require.NoError(t, err)
	require.Equal(t, int64(5), n)

	again, err := b.SignPut(t.Context(), key, 5, "video/mp4", "", time.Minute)
	require.NoError(t, err)
	status, _, _ = send(t, again.Method, again.URL, []byte("later"), again.Headers)
	if status == http.StatusOK { // the server ignores the condition
		wantFault(t, b.Pin(t.Context(), key, o.ETag, to, path), fault.Conflict, "object.changed")
		_, _, err = b.Fetch(t.Context(), key, o.ETag, path)
		wantFault(t, err, fault.Conflict, "object.changed")
		require.NoError(t, b.Delete(t.Context(), key))
		o = putObject(t, b, key, []byte("first"))
	}
	require.NoError(t, b.Pin(t.Context(), key, o.ETag, to, path))
	require.NoError(t, b.Delete(t.Context(), key))
	putObject(t, b, key, []byte("later"))
	pinned, err := b.Head(t.Context(), to)
	require.NoError(t, err)
	require.Equal(t, "video/mp4", pinned.ContentType)
	_, body := fetch(t, b, to, pinned.ETag)
	require.Equal(t, "first", body)
}

// contractOfParts: an upload in parts is listed whole, completed once, and
// never overwrites.
func contractOfParts(t *testing.T, b *storage.Bucket) {
	t.Helper()
	key := media.IncomingKey("story", "parts")
	id, err := b.StartMultipart(t.Context(), key, "video/mp4")
	require.NoError(t, err)
	whole := append(bytes.Repeat([]byte("1"), 2*partSize), "the end"...)
	for n := 1; n <= 3; n++ {
		sendPart(t, b, key, id, n, whole[(n-1)*partSize:min(n*partSize, len(whole))])
	}
	parts, err := b.Parts(t.Context(), key, id)
	require.NoError(t, err)
	require.Len(t, parts, 3)
	for range 2 { // a repeated completion is the same
		o, err := b.CompleteMultipart(t.Context(), key, id, parts)
		require.NoError(t, err)
		require.Equal(t, int64(len(whole)), o.Bytes)
		sum, _ := fetch(t, b, key, o.ETag)
		require.NotEmpty(t, sum)
	}
	id, err = b.StartMultipart(t.Context(), key, "video/mp4")
	require.NoError(t, err)
	sendPart(t, b, key, id, 1, []byte("another"))
	parts, err = b.Parts(t.Context(), key, id)
	require.NoError(t, err)
	_, err = b.CompleteMultipart(t.Context(), key, id, parts)
	wantFault(t, err, fault.Conflict, "object.exists")
	require.NoError(t, b.AbortMultipart(t.Context(), key, id))
	_, err = b.PartialUploads(t.Context(), time.Now())
	require.NoError(t, err)
}

// contractOfRemoval: every object of a story is found, and gone afterwards.
func contractOfRemoval(t *testing.T, b *storage.Bucket) {
	t.Helper()
	names := []string{"master.m3u8", "720/a.m4s", "720/b.m4s", "poster.jpg", "video.mp4"}
	putFiles(t, b, media.PublicPrefix("story", 1), names...)
	putFiles(t, b, media.PublicPrefix("story", 2), names...)
	putFiles(t, b, media.PublicPrefix("other", 1), names...)
	found, err := b.Keys(t.Context(), media.StoryPrefix(media.PublicRoot, "story"), "", 100)
	require.NoError(t, err)
	require.Len(t, found, 2*len(names))
	rest, err := b.Keys(t.Context(), media.StoryPrefix(media.PublicRoot, "story"), found[3].Key, 4)
	require.NoError(t, err)
	require.Equal(t, keys(found[4:8]), keys(rest))
	for _, limit := range []int{1, 100} {
		var folders []string
		for after := ""; ; after = folders[len(folders)-1] {
			more, err := b.Folders(t.Context(), media.PublicRoot, after, limit)
			require.NoError(t, err)
			if len(more) == 0 {
				break
			}
			folders = append(folders, more...)
		}
		require.Equal(t, []string{"public/other/", "public/story/"}, folders)
	}
	for _, root := range media.Roots() {
		for _, id := range []string{"story", "other"} {
			_, err := b.DeletePrefix(t.Context(), media.StoryPrefix(root, id))
			require.NoError(t, err)
		}
		left, err := b.Keys(t.Context(), root, "", 10)
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

// contractOfDoctor: Check finds every server usable and names what is done
// instead of what it lacks.
func contractOfDoctor(t *testing.T, b *storage.Bucket, q testkit.Quirks) {
	t.Helper()
	oneByOne := q.NoBatchDelete != 0 || q.BatchErrors || q.BatchNothing || q.BatchLimit > 0
	want := map[string]bool{
		"conditional_put accepted": q.PutIgnores || q.PutRefuses, "checksum refuses": q.NoChecksums,
		"copy without looking":                q.CopyIgnores || q.CopyRefuses,
		"conditional_complete does not check": q.CompleteIgnores || q.CompleteRefuses,
		"list no ListObjectsV2":               q.NoListV2 || q.ListV1Only,
		"batch_delete one by one":             oneByOne,
		"removal every version":               q.Versions,
	}
	details := map[string]string{}
	for _, f := range b.Check(t.Context()) {
		require.True(t, f.OK, "%+v", f)
		details[f.Name] = f.Detail
	}
	for what, expected := range want {
		name, text, _ := strings.Cut(what, " ")
		require.Equal(t, expected, strings.Contains(details[name], text), "%s: %s", what, details[name])
	}
}

// requireEmpty looks at the real server behind the imitation.
func requireEmpty(t *testing.T, c storage.Config, q testkit.Quirks) {
	t.Helper()
	left, err := testkit.BucketNamed(t, c.Bucket).Keys(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, keys(left), "%+v", q)
}

// TestStores_RemovalThatHasNoEffectIsAnError uses a server that confirms every
// removal and keeps the objects.
func TestStores_RemovalThatHasNoEffectIsAnError(t *testing.T) {
	t.Parallel()
	kept := false
	b := proxied(t, testkit.BucketConfig(t), func(w http.ResponseWriter, r *http.Request) bool {
		if kept = kept || strings.Contains(r.URL.Path, "/public/"); !kept {
			return true
		}
		switch {
		case r.Method == http.MethodDelete:
			w.WriteHeader(http.StatusNoContent)
			return false
		case r.Method == http.MethodPost && r.URL.Query().Has("delete"):
			_, _ = w.Write([]byte("<DeleteResult/>"))
			return false
		}
		return true
	})
	putFiles(t, b, media.PublicPrefix("s", 1), "a.mp4")
	_, err := b.DeletePrefix(t.Context(), media.PublicPrefix("s", 1))
	wantFault(t, err, fault.Unavailable, "storage.still_listed")
	for _, f := range b.Check(t.Context()) {
		if f.Name == "removal" {
			require.False(t, f.OK)
			require.NotEmpty(t, f.Fix)
		}
	}
}

// TestStores_VirtualHostOnly uses a server that takes the bucket in the host
// only: doctor names the setting, with which everything works.
func TestStores_VirtualHostOnly(t *testing.T) {
	t.Parallel()
	c := testkit.Store(t, testkit.Quirks{VirtualHostOnly: true})
	address := strings.TrimPrefix(c.Endpoint, "http://")
	c.Endpoint = "http://s3.example"
	c = c.WithDial(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	})
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	refused := b.Check(t.Context())[0]
	require.False(t, refused.OK)
	require.Contains(t, refused.Fix, "STORYREEL_S3_ADDRESSING=virtual")

	c.Addressing = storage.Virtual
	b, err = storage.Open(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, "http://"+c.Bucket+".s3.example/public/s/1/x", b.PublicURL("public/s/1/x"))
	require.Equal(t, "http://"+c.Bucket+".s3.example", b.UploadOrigin())
	require.NoError(t, b.Setup(t.Context()))
	putFiles(t, b, media.PublicPrefix("s", 1), "a.mp4", "b.mp4")
	n, err := b.DeletePrefix(t.Context(), media.PublicPrefix("s", 1))
	require.NoError(t, err)
	require.Equal(t, 2, n)
	for _, f := range b.Check(t.Context()) {
		// The imitation signs requests again, whatever their length.
		require.True(t, f.OK, "%+v", f)
	}
}
