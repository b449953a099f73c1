package storage_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
)

// TestObserve_ClassesCallsByWhoFailed: an object that is not there is an
// answer, a server that is not there a failure.
func TestObserve_ClassesCallsByWhoFailed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string][]string{} // operation → failures
	c := testkit.BucketConfig(t)
	c.Observe = func(operation string, took time.Duration, failure string) {
		mu.Lock()
		defer mu.Unlock()
		if took < 0 {
			t.Errorf("a call took %s", took)
		}
		seen[operation] = append(seen[operation], failure)
	}
	of := func(operation string) []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(seen[operation])
	}
	b, err := storage.Open(t.Context(), c)
	require.NoError(t, err)
	_, err = b.Head(t.Context(), incoming)
	require.Error(t, err)
	require.Equal(t, []string{""}, of("HeadObject"))
	_, err = b.SignPart(t.Context(), incoming, "upload", 1, 5, time.Hour)
	require.NoError(t, err)
	require.Equal(t, []string{""}, of("Sign"))
	require.Empty(t, of("UploadPart"), "a signature is no call")

	wrong := c
	wrong.SecretKey = strings.Repeat("x", len(c.SecretKey))
	stranger, err := storage.Open(t.Context(), wrong)
	require.NoError(t, err)
	require.Error(t, stranger.Ping(t.Context()))
	require.Equal(t, []string{"refused"}, of("HeadBucket"))

	away := c
	away.Endpoint = "http://127.0.0.1:1"
	none, err := storage.Open(t.Context(), away)
	require.NoError(t, err)
	require.Error(t, none.Ping(t.Context()))
	require.Equal(t, []string{"refused", "network"}, of("HeadBucket"))

	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	require.Error(t, b.Ping(gone))
	require.Equal(t, []string{"refused", "network", ""}, of("HeadBucket"))
	for _, f := range of("HeadBucket")[:2] {
		require.Contains(t, storage.Failures(), f)
	}
}

// TestOperations_AreThoseThatTheCodeCalls holds the list, which bounds the
// values of a metric's label, to the sources.
func TestOperations_AreThoseThatTheCodeCalls(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	called := map[string]bool{"Sign": true}
	call := regexp.MustCompile(`client\.([A-Z]\w+)\(|s3\.New(\w+)Paginator\(`)
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range call.FindAllSubmatch(text, -1) {
			called[string(m[1])+string(m[2])] = true
		}
	}
	require.Equal(t, slices.Sorted(maps.Keys(called)), slices.Sorted(slices.Values(storage.Operations())))
}
