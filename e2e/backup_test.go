package e2e

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// TestBackup_ARestoredServiceGoesOn backs a running service up, restores the
// archive elsewhere, and does there what was not done yet: no story, file or
// ETag is missing. Who was signed in is not.
func TestBackup_ARestoredServiceGoesOn(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	up := e.up("up")
	published, err := e.submit(clips.Get(t, "rotated"), "in_review")
	require.NoError(t, err)
	e.decide(published.ID, "approve")
	e.await(published.ID, "published")
	e.refined(published.ID)
	waiting, err := e.submit(clips.Get(t, "landscape"), "in_review")
	require.NoError(t, err)
	was := e.item(published.ID)
	require.Contains(t, up.log.String(), "link=")

	archive := filepath.Join(t.TempDir(), "storyreel.tar")
	e.run("backup", archive)
	_, err = e.try("backup", archive)
	require.ErrorContains(t, err, "exit status 1", "it replaces nothing")

	other := newEnv(t)
	other.keys = e.keys
	require.Contains(t, other.run("restore", archive), "Everybody is signed out.")
	_, err = other.try("restore", archive)
	require.Error(t, err, "nor does this")
	other.up("up", "--no-demo")
	require.Equal(t, []string{published.ID}, other.feed())
	item := other.item(published.ID)
	require.NotEqual(t, was.HLS, item.HLS, "its own server has the media")
	requirePlayable(t, item.HLS)
	requireNoMetadata(t, item)
	requirePrivate(t, published.ID, item)
	other.decide(waiting.ID, "approve")
	other.await(waiting.ID, "published")
	require.Contains(t, other.run("audit"), "everything agrees")
	testkit.Eventually(t, patience, func() bool { return len(other.feed()) == 2 })
}

// TestBackup_PostgresToAPointInTime is the drill of docs/operate/backup.md: the
// database goes back to a moment, the bucket does not, and audit names every
// story of which one has more than the other.
func TestBackup_PostgresToAPointInTime(t *testing.T) {
	t.Parallel()
	pg := testkit.NewArchivedPostgres(t)
	vars := storageVars(bucket(t))
	e := newEnv(t, append(vars, "STORYREEL_DATABASE_URL="+pg.URL(), "STORYREEL_REDIS_URL="+testkit.RedisURL(t))...)
	e.run("migrate")
	up := e.up("up")
	withdrawn, err := e.submit(clips.Get(t, "rotated"), "in_review")
	require.NoError(t, err)
	e.decide(withdrawn.ID, "approve")
	e.await(withdrawn.ID, "published")
	e.key(string(account.Admin))
	pg.Mark("before")
	lost, err := e.submit(clips.Get(t, "landscape"), "in_review")
	require.NoError(t, err)
	status, _ := e.call("DELETE", "/v1/stories/"+withdrawn.ID, withdrawn.token, nil)
	require.Equal(t, 200, status)
	e.await(withdrawn.ID, "erased")
	up.stop(syscall.SIGINT)

	pg.RestoreTo("before")
	restored := newEnv(t,
		append(vars, "STORYREEL_DATABASE_URL="+pg.URL(), "STORYREEL_REDIS_URL="+testkit.RedisURL(t))...)
	restored.keys = e.keys
	report, err := restored.try("audit")
	require.Error(t, err)
	require.Regexp(t, `object\.missing +`+withdrawn.ID, report)
	require.Regexp(t, `object\.orphan +`+lost.ID, report)

	restored.up("up")
	status, _ = restored.call("DELETE", "/v1/stories/"+withdrawn.ID, restored.key(string(account.Admin)), nil)
	require.Equal(t, 200, status, "what was withdrawn since is withdrawn again")
	restored.await(withdrawn.ID, "erased")
	report, _ = restored.try("audit") // fails: the sweep removes objects without a row when they are a day old
	require.NotContains(t, report, withdrawn.ID)
	require.Contains(t, report, lost.ID)
}
