package e2e

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// rare words, of which each stands in one place of a story or in what staff
// wrote about it.
var rare = []string{
	"qzname", "qzmail", "qztitle", "qztext", "qzsong", "qzartist", "qzanswer", "qzfile", "qzcaption", "qznote", "qztag",
	"qzvote", "qzlist", "qzslot", "qzsearch",
}

// rareIn lists the rare words in the bytes.
func rareIn(b []byte) (found []string) {
	b = bytes.ToLower(b)
	for _, w := range rare {
		if bytes.Contains(b, []byte(w)) {
			found = append(found, w)
		}
	}
	return found
}

// filesWith returns the rare words in the files under dir, and in their names.
func filesWith(t *testing.T, dir string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // removed while we look
		}
		require.NoError(t, err)
		content := []byte(path)
		if d.Type().IsRegular() {
			b, err := os.ReadFile(path)
			if !os.IsNotExist(err) {
				require.NoError(t, err)
			}
			content = append(content, b...)
		}
		found = append(found, rareIn(content)...)
		return nil
	}))
	slices.Sort(found)
	return slices.Compact(found)
}

// publishRare publishes a story with every rare word.
func (e *env) publishRare() remote {
	e.t.Helper()
	clip := filepath.Join(e.t.TempDir(), "qzfile.mp4")
	b, err := os.ReadFile(clips.Get(e.t, "landscape"))
	require.NoError(e.t, err)
	require.NoError(e.t, os.WriteFile(clip, b, 0o600))
	const campaign = "/v1/campaigns/thatsongwhen"
	want := func(method, path, role string, in any) {
		e.t.Helper()
		status, body := e.call(method, path, e.key(role), in)
		require.Less(e.t, status, 300, "%s %s: %s", method, path, body)
	}
	want("PUT", campaign, "admin", map[string]any{
		"questions": []any{map[string]any{"id": "why", "label": "Why?", "kind": "text"}},
	})
	st, err := e.submit(clip, "in_review", "--name", "Anna Qzname", "--email", "qzmail@example.com",
		"--title", "My qztitle", "--text", "A qztext", "--song", "Qzsong", "--artist", "Qzartist",
		"--answer", "why=qzanswer")
	require.NoError(e.t, err)
	want("POST", "/v1/stories/"+st.ID+"/decisions", "moderator",
		map[string]any{"action": "escalate", "note": "qznote"})
	want("POST", "/v1/stories/"+st.ID+"/decisions", "lead", map[string]any{"action": "approve"})
	e.await(st.ID, "published")
	want("PUT", "/v1/stories/"+st.ID+"/captions/en", "moderator",
		map[string]any{"vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\nqzcaption\n"})
	want("PUT", campaign+"/stories/"+st.ID+"/tags", "creative", map[string]any{"tags": []string{"qztag"}})
	want("PUT", campaign+"/shortlist/"+st.ID, "creative", map[string]any{"note": "qzlist"})
	want("PUT", campaign+"/stories/"+st.ID+"/vote", "creative", map[string]any{"value": 1, "reason": "qzvote"})
	want("PUT", campaign+"/selection/ad-1", "creative", map[string]any{"story": st.ID, "note": "qzslot"})
	want("POST", campaign+"/searches", "creative", map[string]any{"name": "qzsearch", "query": "q=qzname+qztitle"})
	want("GET", campaign+"/search?q=qztext", "creative", nil)
	want("GET", campaign+"/stories?q=qzname", "moderator", nil)
	return st
}

// TestErasure_OnOneMachine looks for the words of an erased story in every file
// under the data folder and in the log, while the service runs and after it was
// killed.
func TestErasure_OnOneMachine(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(data, 0o755))
	e := newEnv(t, "STORYREEL_DATA="+data)
	up := e.up("up")
	info, err := os.Stat(data)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), "others could enter it")
	st := e.publishRare()
	require.Subset(t, filesWith(t, data), rare, "a word that is nowhere proves nothing")

	status, _ := e.call("DELETE", "/v1/stories/"+st.ID, st.token, nil)
	require.Equal(t, 200, status)
	e.await(st.ID, "erased")
	var found []string
	defer func() { require.Empty(t, found) }()
	testkit.Eventually(t, patience, func() bool { found = filesWith(t, data); return len(found) == 0 })
	require.Empty(t, rareIn([]byte(up.log.String())), "the log")
	up.stop(syscall.SIGKILL)
	require.Empty(t, filesWith(t, data))
}

// TestErasure_OverServices looks into Redis and the bucket of an installation
// over PostgreSQL, and into the logs; package store looks into PostgreSQL.
func TestErasure_OverServices(t *testing.T) {
	t.Parallel()
	e, s3, address := external(t)
	procs := []*proc{e.up("serve"), e.start("work")}
	st := e.publishRare()
	status, _ := e.call("DELETE", "/v1/stories/"+st.ID, st.token, nil)
	require.Equal(t, 200, status)
	e.await(st.ID, "erased")

	opt, err := redis.ParseURL(address)
	require.NoError(t, err)
	rdb := redis.NewClient(opt)
	t.Cleanup(func() { require.NoError(t, rdb.Close()) })
	var held strings.Builder
	keys := rdb.Scan(context.Background(), 0, "*", 100).Iterator()
	for keys.Next(context.Background()) {
		held.WriteString(keys.Val())
		held.WriteString(rdb.Dump(context.Background(), keys.Val()).Val())
	}
	require.NoError(t, keys.Err())
	require.NotEmpty(t, held.String())
	require.Empty(t, rareIn([]byte(held.String())), "Redis")
	require.NotContains(t, held.String(), "127.0.0.1", "Redis")

	b, err := storage.Open(context.Background(), s3)
	require.NoError(t, err)
	for _, root := range []string{"incoming/", "sources/", "review/", "public/"} {
		left, err := b.Keys(context.Background(), root, "", 10)
		require.NoError(t, err)
		require.Empty(t, left)
	}
	for _, p := range procs {
		require.Empty(t, rareIn([]byte(p.log.String())), "the log")
	}
}
