package integrity_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/cdn"
	"github.com/storyreel/storyreel/internal/id"
	"github.com/storyreel/storyreel/internal/integrity"
	"github.com/storyreel/storyreel/internal/media"
	"github.com/storyreel/storyreel/internal/story"
)

// mark stores an empty object with a key that ends in a slash, as tools for S3
// do in place of a folder.
func (w *world) mark(key string) {
	w.t.Helper()
	c := s3.New(s3.Options{
		Region: w.config.Region, BaseEndpoint: &w.config.Endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(w.config.AccessKey, w.config.SecretKey, ""),
	})
	_, err := c.PutObject(w.t.Context(), &s3.PutObjectInput{
		Bucket: &w.config.Bucket, Key: aws.String(key), Body: bytes.NewReader(nil),
	})
	require.NoError(w.t, err)
}

// keys are those of all objects.
func (w *world) keys() (all []string) {
	w.t.Helper()
	for _, root := range media.Roots() {
		objects, err := w.bucket.Keys(w.t.Context(), root, "", 1000)
		require.NoError(w.t, err)
		for _, o := range objects {
			all = append(all, o.Key)
		}
	}
	return all
}

// TestAudit_RepairKeepsWhatIsNamedBesideStrays plants strays in the folders of
// objects that rows name, and the marks of folders.
func TestAudit_RepairKeepsWhatIsNamedBesideStrays(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		named := w.keys()
		w.put(media.SourceFolder(w.published.ID, "u1"), map[string]string{"source.sha256": "a"})
		w.put(media.PublicPrefix(w.published.ID, 9), map[string]string{"a.mp4": "a", "b.mp4": "b"})
		for _, st := range []string{w.published.ID, w.reviewed.ID} {
			for _, root := range media.Roots() {
				w.mark(media.StoryPrefix(root, st))
			}
		}
		w.mark(media.SourceFolder(w.reviewed.ID, "u1"))
		w.later = 2 * time.Hour
		require.Greater(t, len(w.keys()), len(named)+8)
		r := w.audit(integrity.Options{Repair: true})
		require.Equal(t, []integrity.Code{integrity.ObjectOrphan}, codes(r), "%+v", r.Findings)
		for _, f := range r.Findings {
			require.True(t, f.Repaired, f)
		}
		require.Equal(t, named, w.keys())
		require.Empty(t, w.audit(integrity.Options{Repair: true}).Findings)
	})
}

// TestAudit_RepairLeavesKeysOfNoStory: they keep no other repair from its end.
func TestAudit_RepairLeavesKeysOfNoStory(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, root := range media.Roots() {
			w.mark(root)
		}
		before := w.keys()
		require.Contains(t, before, media.PublicRoot)
		require.Empty(t, w.audit(integrity.Options{Repair: true}).Findings)
		w.put(media.ReviewPrefix(id.New(), 1), map[string]string{"a.mp4": "a"})
		require.True(t, w.audit(integrity.Options{Repair: true}).OK)
		require.Equal(t, before, w.keys())
	})
}

// TestAudit_RepairPurgesSingleObjects: caches may hold them.
func TestAudit_RepairPurgesSingleObjects(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var mu sync.Mutex
		var purged []string
		cache := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			purged = append(purged, r.URL.Path)
		}))
		t.Cleanup(cache.Close)
		hook, err := cdn.NewHook(cdn.Config{URLs: cache.URL + "/{object}", Media: w.bucket.PublicURL})
		require.NoError(t, err)
		w.deps.Removal = cdn.New(w.db, w.bucket, hook, func(bool) {}, clock, slog.New(slog.DiscardHandler))
		w.put(media.StoryPrefix(media.PublicRoot, w.published.ID), map[string]string{"left.mp4": "a"})
		w.later = 2 * time.Hour
		named := len(w.keys()) - 1
		r := w.audit(integrity.Options{Repair: true})
		require.Contains(t, codes(r), integrity.ObjectOrphan)
		require.Len(t, w.keys(), named)
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, purged, 1)
		require.Contains(t, purged[0], media.StoryPrefix(media.PublicRoot, w.published.ID)+"left.mp4")
	})
}

// TestAudit_RepairKeepsWhatContributorsSent: after the restore of an older copy
// of the database, files of stories that it does not know, and those that a
// story it knows was sent since, exist nowhere else.
func TestAudit_RepairKeepsWhatContributorsSent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		lost, waits := id.New(), w.story(story.Uploaded)
		sent := []string{
			media.SourceKey(old, "u"), media.SourceKey(lost, "u"), media.SourceKey(waits.ID, "u1"),
			media.SourceKey(w.reviewed.ID, "u2"), media.IncomingKey(lost, "u"), media.IncomingKey(w.reviewed.ID, "u2"),
		}
		for _, key := range sent {
			dir, file := path.Split(key)
			w.put(dir, map[string]string{file: "a"})
		}
		w.later = 2 * time.Hour
		before := w.keys()
		for range 2 {
			r := w.audit(integrity.Options{Repair: true})
			require.Len(t, r.Findings, len(sent))
			for _, f := range r.Findings {
				require.False(t, f.Repaired, f)
			}
			require.False(t, r.OK)
			require.Equal(t, before, w.keys())
		}
		require.True(t, w.audit(integrity.Options{Repair: true, RemoveUnknown: true}).OK)
		require.Len(t, w.keys(), len(before)-len(sent))
	})
}
