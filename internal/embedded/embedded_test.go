package embedded

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/storyreel/storyreel/internal/fault"
)

func TestMain(m *testing.M) {
	Main()
	if len(os.Args) == 3 && os.Args[1] == parentArg {
		if err := parent(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// eventually polls cond until it holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("did not happen in time: " + what)
		}
	}
}

// tempDir returns a data folder whose path is short enough for a socket.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "storyreel-embedded-*")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

func exited(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }

// kill sends the child SIGKILL and waits until it has been restarted.
func kill(t *testing.T, c *Child) {
	t.Helper()
	pid := c.PID()
	require.NotZero(t, pid)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	eventually(t, "a new process", func() bool { now := c.PID(); return now != 0 && now != pid })
	require.True(t, exited(pid))
}

func client(s *S3) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &s.Endpoint, UsePathStyle: true, Region: Region,
		Credentials: credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""),
	})
}

func read(c *s3.Client, bucket, key string) (string, error) {
	out, err := c.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(out.Body)
	return b.String(), err
}

// startWithBucket starts a server in the folder and creates the bucket "stories".
func startWithBucket(t *testing.T, dir string) (*S3, *s3.Client) {
	t.Helper()
	s, err := StartS3(t.Context(), S3Options{Dir: dir})
	require.NoError(t, err)
	c := client(s)
	_, err = c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("stories")})
	require.NoError(t, err)
	return s, c
}

func TestS3_SurvivesCrashAndRestart(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	s, c := startWithBucket(t, dir)
	defer s.Close()
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("stories"), Key: aws.String("a/b"), Body: strings.NewReader("kept"),
		ContentType: aws.String("video/mp4"),
	})
	require.NoError(t, err)
	bare, err := http.Get(s.Endpoint + "/stories/a/b")
	require.NoError(t, err)
	require.NoError(t, bare.Body.Close())
	require.Equal(t, http.StatusForbidden, bare.StatusCode)
	require.Equal(t, "nosniff", bare.Header.Get("X-Content-Type-Options"))

	kill(t, s.child)
	eventually(t, "the object again",
		func() bool { got, err := read(c, "stories", "a/b"); return err == nil && got == "kept" })

	pid := s.child.PID()
	require.NoError(t, s.Close())
	require.True(t, exited(pid), "Close leaves the server running")
	require.NoError(t, s.Close())
	_, err = http.Get(s.Endpoint + healthPath)
	require.ErrorIs(t, err, syscall.ECONNREFUSED)

	// Earlier versions stored buckets there.
	require.NoError(t, os.Rename(filepath.Join(dir, "s3", "objects", "stories"), filepath.Join(dir, "s3", "stories")))
	again, err := StartS3(t.Context(), S3Options{Dir: dir, Addr: strings.TrimPrefix(s.Endpoint, "http://")})
	require.NoError(t, err)
	defer again.Close()
	require.Equal(t, []string{s.Endpoint, s.AccessKey, s.SecretKey},
		[]string{again.Endpoint, again.AccessKey, again.SecretKey})
	head, err := client(again).
		HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("stories"), Key: aws.String("a/b")})
	require.NoError(t, err)
	require.Equal(t, "video/mp4", *head.ContentType)
	require.FileExists(t, filepath.Join(dir, "s3", "objects", "stories", "a", "b"))

	info, err := os.Stat(filepath.Join(dir, "s3", "keys.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	args, err := os.ReadFile(filepath.Join("/proc", itoa(again.child.PID()), "cmdline"))
	if err == nil { // only Linux has this file
		require.NotContains(t, string(args), again.SecretKey)
		require.Contains(t, string(args), s3Arg)
	}
}

func TestS3_OneFolderOneServer(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	s, err := StartS3(t.Context(), S3Options{Dir: dir})
	require.NoError(t, err)
	defer s.Close()
	_, err = StartS3(t.Context(), S3Options{Dir: dir})
	require.Equal(t, "embedded.busy", fault.CodeOf(err))
	require.Equal(t, fault.Conflict, fault.KindOf(err))
}

func TestS3_ReportsDamagedKeys(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "s3"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "s3", "keys.json"), []byte("{"), 0o600))
	_, err := StartS3(t.Context(), S3Options{Dir: dir})
	require.Equal(t, "embedded.keys", fault.CodeOf(err))
}

func redisClient(t *testing.T, r *Redis) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(r.URL)
	require.NoError(t, err)
	c := redis.NewClient(o)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func TestRedis_SurvivesCrashAndRestart(t *testing.T) {
	t.Parallel()
	for name, nested := range map[string]string{"socket": "", "port": strings.Repeat("long/", 20)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(tempDir(t), nested)
			r, err := StartRedis(t.Context(), RedisOptions{Dir: dir})
			require.NoError(t, err)
			defer r.Close()
			require.Equal(t, nested == "", strings.HasPrefix(r.URL, "unix://"), r.URL)
			c := redisClient(t, r)
			want := map[string]string{
				"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "save": "",
				"databases": "16",
			}
			for k, v := range want {
				got, err := c.ConfigGet(t.Context(), k).Result()
				require.NoError(t, err)
				require.Equal(t, v, got[k], k)
			}
			if nested == "" {
				port, err := c.ConfigGet(t.Context(), "port").Result()
				require.NoError(t, err)
				require.Equal(t, "0", port["port"])
			}
			require.NoError(t, c.Set(t.Context(), "story", "kept", 0).Err())

			kill(t, r.child)
			eventually(t, "the key again", func() bool { return c.Get(context.Background(), "story").Val() == "kept" })

			require.NoError(t, c.Set(t.Context(), "last", "written", 0).Err())
			pid := r.child.PID()
			require.NoError(t, r.Close())
			require.True(t, exited(pid), "Close leaves the server running")
			again, err := StartRedis(t.Context(), RedisOptions{Dir: dir})
			require.NoError(t, err)
			defer again.Close()
			require.Equal(t, "written", redisClient(t, again).Get(t.Context(), "last").Val())
		})
	}
}

func TestRedis_OneFolderOneServer(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	r, err := StartRedis(t.Context(), RedisOptions{Dir: dir, Databases: 3})
	require.NoError(t, err)
	defer r.Close()
	_, err = StartRedis(t.Context(), RedisOptions{Dir: dir})
	require.Equal(t, "embedded.busy", fault.CodeOf(err))
}

func TestRedis_StopsAnOrphanFirst(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	r, err := StartRedis(t.Context(), RedisOptions{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, r.Close())

	path, err := findRedis("/opt/homebrew/bin")
	require.NoError(t, err)
	orphan := exec.CommandContext(t.Context(), path, "redis.conf")
	orphan.Dir = filepath.Join(dir, "redis")
	require.NoError(t, orphan.Start())
	ended := make(chan error, 1)
	go func() { ended <- orphan.Wait() }()
	eventually(t, "the orphan's answer",
		func() bool { return sendCommand(context.Background(), r.URL, "PING", "+PONG") == nil })
	require.NoError(t, sendCommand(t.Context(), r.URL, "SET story kept", "+OK"))

	next, err := StartRedis(t.Context(), RedisOptions{Dir: dir})
	require.NoError(t, err)
	defer next.Close()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("the orphan still runs")
	}
	require.Equal(t, "kept", redisClient(t, next).Get(t.Context(), "story").Val())
}

// parentArg makes the test binary a process that starts both services, prints
// their process ids and waits to be killed.
const parentArg = "embedded-test-parent"

func parent(dir string) error {
	s, err := StartS3(context.Background(), S3Options{Dir: dir})
	if err != nil {
		return err
	}
	r, err := StartRedis(context.Background(), RedisOptions{Dir: dir})
	if err != nil {
		return err
	}
	fmt.Println(s.child.PID(), r.child.PID())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func TestFindRedis_MissingNamesTheCommand(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := findRedis(t.TempDir())
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.Contains(t, fault.As(err).Detail, "install redis")
}

// TestS3_ConcurrentWritesAndDeletes checks that folders emptied while others
// write into them cost a writer at most a retry by the SDK.
func TestS3_ConcurrentWritesAndDeletes(t *testing.T) {
	t.Parallel()
	s, c := startWithBucket(t, tempDir(t))
	defer s.Close()
	bucket := aws.String("stories")
	var g errgroup.Group
	for writer := range 8 {
		g.Go(func() error {
			for n := range 200 {
				key := aws.String(fmt.Sprintf("incoming/story-%d/%d", writer, n))
				if _, err := c.PutObject(t.Context(),
					&s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("clip")}); err != nil {
					return err
				}
				if _, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, g.Wait())
}
