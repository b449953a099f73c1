package testkit

import (
	"context"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
)

func TestMain(m *testing.M) { Main(m) }

func openDB(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestPostgresURL_IsolatesTests(t *testing.T) {
	t.Parallel()
	one, two := openDB(t, PostgresURL(t)), openDB(t, PostgresURL(t))
	_, err := one.ExecContext(t.Context(), "CREATE TABLE story (id int)")
	require.NoError(t, err)
	_, err = two.ExecContext(t.Context(), "SELECT * FROM story")
	require.ErrorContains(t, err, "does not exist")
	var fsync, encoding, upper string
	row := one.QueryRowContext(t.Context(),
		"SELECT current_setting('fsync'), current_setting('server_encoding'), upper('é')")
	require.NoError(t, row.Scan(&fsync, &encoding, &upper))
	require.Equal(t, []string{"off", "UTF8", "É"}, []string{fsync, encoding, upper})
}

func TestPostgresURL_DropsAfterTheTest(t *testing.T) {
	t.Parallel()
	var address string
	var db *sql.DB
	t.Run("inner", func(t *testing.T) {
		address = PostgresURL(t)
		var err error
		db, err = sql.Open("pgx", address)
		require.NoError(t, err)
		require.NoError(t, db.PingContext(t.Context()), "a connection stays open")
	})
	require.NotNil(t, db)
	defer db.Close()
	require.ErrorContains(t, openDB(t, address).PingContext(t.Context()), "does not exist")
}

func TestPostgres_RunsUnprivileged(t *testing.T) {
	t.Parallel()
	PostgresURL(t)
	c, err := postgresCluster()
	require.NoError(t, err)
	info, err := os.Stat(filepath.Join(c.dir, "data"))
	require.NoError(t, err)
	require.NotZero(t, info.Sys().(*syscall.Stat_t).Uid)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func dial(t *testing.T, address string) *goredis.Client {
	t.Helper()
	o, err := goredis.ParseURL(address)
	require.NoError(t, err)
	c := goredis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestRedisURL_IsolatesTests(t *testing.T) {
	t.Parallel()
	one, two := dial(t, RedisURL(t)), dial(t, RedisURL(t))
	require.NoError(t, one.Set(t.Context(), "k", "v", 0).Err())
	require.Zero(t, two.DBSize(t.Context()).Val())
	require.NoError(t, two.FlushDB(t.Context()).Err())
	require.Equal(t, "v", one.Get(t.Context(), "k").Val())
}

func TestRedisURL_ReusesEmptyDatabases(t *testing.T) {
	t.Parallel()
	// More tests than databases: each database is reused, empty.
	for range redisDatabases + 1 {
		t.Run("inner", func(t *testing.T) {
			c := dial(t, RedisURL(t))
			require.Zero(t, c.DBSize(t.Context()).Val())
			require.NoError(t, c.Set(t.Context(), "k", "v", 0).Err())
		})
	}
}

func TestBucket_IsolatesTests(t *testing.T) {
	t.Parallel()
	one, two := Bucket(t), Bucket(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "poster.jpg"), []byte("jpg"), 0o600))
	_, err := one.PutTree(t.Context(), media.PublicPrefix("s", 1), dir, nil)
	require.NoError(t, err)
	objects, err := two.Keys(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, objects)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, one.PublicURL("public/s/1/poster.jpg"), nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestFindPostgres_MissingNamesTheCommand(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := findPostgres(filepath.Join(t.TempDir(), "*"))
	require.ErrorContains(t, err, "install postgresql")
}

func TestFindPostgres_NewestFirst(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, v := range []string{"9", "15", "14"} {
		bin := filepath.Join(root, v, "bin")
		require.NoError(t, os.MkdirAll(bin, 0o700))
		initdb := filepath.Join(bin, "initdb")
		require.NoError(t, os.WriteFile(initdb, []byte("#!/bin/sh\n"), 0o700)) // a program
	}
	got, err := findPostgres(filepath.Join(root, "*", "bin"))
	require.NoError(t, err)
	require.Equal(t, filepath.Join(root, "15", "bin"), got)
	require.Equal(t, 17, version("/opt/homebrew/opt/postgresql@17/bin"))
}

func TestRemoveAbandoned_KeepsUsedAndNew(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	newFolder := func(name string, age time.Duration) (string, *os.File) {
		dir := filepath.Join(root, scratchPrefix+name)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "s3"), 0o700))
		f, err := os.Create(filepath.Join(dir, "lock"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = f.Close() })
		then := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(f.Name(), then, then))
		return dir, f
	}
	abandoned, _ := newFolder("abandoned", time.Hour)
	recent, _ := newFolder("recent", 0)
	used, held := newFolder("used", time.Hour)
	require.NoError(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX))
	removeAbandoned(root, time.Minute)
	require.NoDirExists(t, abandoned)
	require.DirExists(t, recent)
	require.DirExists(t, used)
}

func TestRunExitHooks_LastFirst(t *testing.T) {
	exitMu.Lock()
	saved := exitHooks
	exitHooks = nil
	exitMu.Unlock()
	var order []int
	onExit(func() { order = append(order, 1) })
	onExit(func() { order = append(order, 2) })
	runExitHooks()
	require.Equal(t, []int{2, 1}, order)
	exitMu.Lock()
	exitHooks = saved
	exitMu.Unlock()
}

// recorder is a testing.TB that records a failure.
type recorder struct {
	testing.TB
	message string
}

func (f *recorder) Helper() {}
func (f *recorder) Fatalf(format string, _ ...any) {
	f.message = format
	runtime.Goexit()
}

func TestEventually(t *testing.T) {
	t.Parallel()
	n := 0
	Eventually(t, time.Minute, func() bool { n++; return n == 3 })
	require.Equal(t, 3, n)

	f := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		Eventually(f, 30*time.Millisecond, func() bool { return false })
	}()
	<-done
	require.Contains(t, f.message, "was not met")
}

func TestRequireNoError_FailsTheTest(t *testing.T) {
	t.Parallel()
	f := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		requireNoError(f, "x", context.Canceled)
	}()
	<-done
	require.True(t, strings.HasPrefix(f.message, "testkit"))
}
