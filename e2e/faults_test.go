package e2e

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/queue"
	"github.com/storyreel/storyreel/internal/storage"
	"github.com/storyreel/storyreel/internal/story"
	"github.com/storyreel/storyreel/internal/testkit"
	"github.com/storyreel/storyreel/internal/testkit/clips"
)

// publicFolders returns the attempts that have objects under public/.
func publicFolders(t *testing.T, cfg storage.Config, id string) []string {
	t.Helper()
	b, err := storage.Open(context.Background(), cfg)
	require.NoError(t, err)
	folders, err := b.Folders(context.Background(), "public/"+id+"/", "", 100)
	require.NoError(t, err)
	return folders
}

// TestKilledWorker kills a worker in the middle of a ladder. The next one
// takes the story over, and nothing of the first is left.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	s, s3, _ := external(t)
	s.up("serve")
	first := s.start("work")
	st, err := s.submit(clips.Get(t, "portrait-hevc"), "in_review")
	require.NoError(t, err)
	s.decide(st.ID, "approve")
	s.await(st.ID, "publishing", 20*time.Second)
	first.stop(syscall.SIGKILL)
	s.start("work")
	s.await(st.ID, "published", 2*time.Minute)
	s.awaitAttempts(st.ID, "prepare done", "publish ", "publish done")
	require.Equal(t, []string{"public/" + st.ID + "/3/"}, publicFolders(t, s3, st.ID))
	require.Equal(t, []string{st.ID}, s.feed())
}

// TestFlushedRedis wipes Redis in mid-flight, again and again: the database
// is the truth, so every story arrives, once.
func TestFlushedRedis(t *testing.T) {
	t.Parallel()
	s, _, address := external(t)
	s.up("serve")
	s.start("work")
	opt, err := redis.ParseURL(address)
	require.NoError(t, err)
	rdb := redis.NewClient(opt)
	t.Cleanup(func() { require.NoError(t, rdb.Close()) })
	stop := make(chan struct{})
	flushed := make(chan int)
	go func() {
		n := 0
		for tick := time.NewTicker(700 * time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				flushed <- n
				return
			case <-tick.C:
				if rdb.FlushDB(context.Background()).Err() == nil {
					n++
				}
			}
		}
	}()
	var ids []string
	for _, name := range []string{"landscape", "no-sound", "vp9", "rotated", "surround", "odd-444"} {
		st, err := s.submit(clips.Get(t, name), "uploaded")
		require.NoError(t, err, name)
		ids = append(ids, st.ID)
	}
	for _, id := range ids {
		s.await(id, "in_review", 90*time.Second)
		s.decide(id, "approve")
	}
	for _, id := range ids {
		s.await(id, "published", 2*time.Minute)
	}
	close(stop)
	require.Greater(t, <-flushed, 3)
	require.ElementsMatch(t, ids, s.feed())
	for _, id := range ids {
		published := func() (n int) {
			for _, a := range s.attempts(id) {
				if a == "publish done" {
					n++
				}
			}
			return n
		}
		testkit.Eventually(t, 10*time.Second, func() bool { return published() > 0 })
		require.Equal(t, 1, published(), "published once")
	}
}

// TestSameTaskTwice announces one job to two workers many times over.
func TestSameTaskTwice(t *testing.T) {
	t.Parallel()
	s, _, address := external(t)
	s.up("serve")
	st, err := s.submit(clips.Get(t, "landscape"), "uploaded")
	require.NoError(t, err)
	opt, err := redis.ParseURL(address)
	require.NoError(t, err)
	rdb := redis.NewClient(opt)
	t.Cleanup(func() { require.NoError(t, rdb.Close()) })
	conn, err := queue.Redis(address)
	require.NoError(t, err)
	q := queue.NewClient(conn)
	t.Cleanup(func() { require.NoError(t, q.Close()) })
	s.start("work")
	s.start("work")
	job := story.Job{Kind: story.Prepare, Story: st.ID, Attempt: 1}
	for range 10 {
		// frees the id, so that the same task is there again
		require.NoError(t, rdb.FlushDB(context.Background()).Err())
		require.NoError(t, q.Enqueue(context.Background(), job))
	}
	s.await(st.ID, "in_review", time.Minute)
	s.awaitAttempts(st.ID, "prepare done")
}

// TestStoppedWorker asks a worker to stop in mid-ladder: it hands the story
// back, and no try is spent.
func TestStoppedWorker(t *testing.T) {
	t.Parallel()
	s, s3, _ := external(t)
	s.up("serve")
	first := s.start("work")
	st, err := s.submit(clips.Get(t, "portrait-hevc"), "in_review")
	require.NoError(t, err)
	s.decide(st.ID, "approve")
	s.await(st.ID, "publishing", 20*time.Second)
	first.stop(syscall.SIGTERM)
	require.Equal(t, 0, first.cmd.ProcessState.ExitCode())
	require.Equal(t, "approved", s.story(st.ID).State)
	require.Empty(t, publicFolders(t, s3, st.ID))
	s.start("work")
	s.await(st.ID, "published", 2*time.Minute)
	s.awaitAttempts(st.ID, "prepare done", "publish handed_back", "publish done")
}

// TestWithdrawnInMidWork takes a story back while its ladder is being made.
func TestWithdrawnInMidWork(t *testing.T) {
	t.Parallel()
	s, s3, _ := external(t)
	s.up("serve")
	s.start("work")
	st, err := s.submit(clips.Get(t, "portrait-hevc"), "in_review")
	require.NoError(t, err)
	s.decide(st.ID, "approve")
	s.await(st.ID, "publishing", 20*time.Second)
	status, _ := s.call("DELETE", "/v1/stories/"+st.ID, st.token, nil)
	require.Equal(t, 200, status)
	s.await(st.ID, "erased", time.Minute)
	b, err := storage.Open(context.Background(), s3)
	require.NoError(t, err)
	for _, root := range []string{"public/", "review/", "sources/", "incoming/"} {
		testkit.Eventually(t, 20*time.Second, func() bool {
			objects, err := b.Keys(context.Background(), root+st.ID+"/", "", 10)
			require.NoError(t, err)
			return len(objects) == 0
		})
	}
	require.Empty(t, s.feed())
}

// gate passes connections on to a server, and can be shut after a number of
// bytes, as a phone in a tunnel finds it.
type gate struct {
	mu     sync.Mutex
	l      net.Listener
	target string
	left   int64 // bytes still let through upstream; -1: no limit
	passed int64
}

func newGate(t *testing.T, target string, left int64) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{l: l, target: target, left: left}
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go g.pass(c)
		}
	}()
	return g
}

func (g *gate) pass(c net.Conn) {
	defer c.Close()
	up, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer up.Close()
	go func() { _, _ = io.Copy(c, up) }()
	buf := make([]byte, 32<<10)
	for {
		n, err := c.Read(buf)
		g.mu.Lock()
		shut := g.left >= 0 && g.left < int64(n)
		if !shut && g.left >= 0 {
			g.left -= int64(n)
		}
		g.passed += int64(n)
		g.mu.Unlock()
		if err != nil || shut {
			return
		}
		if _, err := up.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (g *gate) open() { g.mu.Lock(); g.left, g.passed = -1, 0; g.mu.Unlock() }

func (g *gate) count() int64 { g.mu.Lock(); defer g.mu.Unlock(); return g.passed }

// TestResumedSubmission cuts the network in mid-upload and kills the client.
// The same command again goes on with the same story and sends only the rest.
func TestResumedSubmission(t *testing.T) {
	t.Parallel()
	const size = 40 << 20
	s, s3, _ := external(t)
	target, err := url.Parse(s3.Endpoint)
	require.NoError(t, err)
	g := newGate(t, target.Host, 21<<20)
	s.env = append(s.env, "STORYREEL_S3_ENDPOINT=http://"+g.l.Addr().String())
	s.up("serve")
	film, err := os.ReadFile(clips.Get(t, "landscape"))
	require.NoError(t, err)
	free := make([]byte, size-len(film)) // a box that players pass over makes any film large
	binary.BigEndian.PutUint32(free, uint32(len(free)))
	copy(free[4:], "free")
	file := filepath.Join(t.TempDir(), "long.mp4")
	require.NoError(t, os.WriteFile(file, append(film, free...), 0o600))

	first := s.start("submit", file, "--server", s.url, "--parallel", "1")
	testkit.Eventually(t, 60*time.Second, func() bool { return g.count() > 21<<20 })
	first.stop(syscall.SIGKILL)
	g.open()
	st, err := s.submit(file, "uploaded")
	require.NoError(t, err)
	require.Less(t, g.count(), int64(size-15<<20), "what had arrived is not sent again")
	s.start("work")
	s.await(st.ID, "in_review", time.Minute)
	var queue struct{ Waiting int }
	_, body := s.call("GET", "/v1/review/queue", s.key("moderator"), nil)
	require.NoError(t, json.Unmarshal(body, &queue))
	require.Equal(t, 1, queue.Waiting, "one story, not two")
}
