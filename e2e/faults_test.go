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
	e, s3, _ := external(t)
	e.up("serve")
	first := e.start("work")
	st, err := e.submit(clips.Get(t, "portrait-hevc"), "in_review")
	require.NoError(t, err)
	e.decide(st.ID, "approve")
	e.awaitLadder(st.ID)
	first.stop(syscall.SIGKILL)
	e.start("work")
	e.awaitAttempts(st.ID, "prepare done", "publish done", "ladder lost", "ladder done")
	set, ladder := "public/"+st.ID+"/2/", "public/"+st.ID+"/4/"
	require.Equal(t, []string{set, ladder}, publicFolders(t, s3, st.ID), "the first set may still be played")
	require.Equal(t, "published", e.story(st.ID).State)
	require.Equal(t, []string{st.ID}, e.feed())
}

// TestFlushedRedis wipes Redis in mid-flight, again and again: the database
// is the truth, so every story arrives, once.
func TestFlushedRedis(t *testing.T) {
	t.Parallel()
	e, _, address := external(t)
	e.up("serve")
	e.start("work")
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
	for _, name := range []string{"landscape", "no-audio", "vp9", "rotated", "surround", "odd-444"} {
		st, err := e.submit(clips.Get(t, name), "uploaded")
		require.NoError(t, err, name)
		ids = append(ids, st.ID)
	}
	for _, id := range ids {
		e.await(id, "in_review")
		e.decide(id, "approve")
	}
	for _, id := range ids {
		e.await(id, "published")
	}
	close(stop)
	require.Greater(t, <-flushed, 3)
	require.ElementsMatch(t, ids, e.feed())
	for _, id := range ids {
		published := func() (n int) {
			for _, a := range e.attempts(id) {
				if a == "publish done" {
					n++
				}
			}
			return n
		}
		testkit.Eventually(t, patience, func() bool { return published() > 0 })
		require.Equal(t, 1, published(), "published once")
	}
}

// TestSameTaskTwice announces one job to two workers many times over.
func TestSameTaskTwice(t *testing.T) {
	t.Parallel()
	e, _, address := external(t)
	e.up("serve")
	st, err := e.submit(clips.Get(t, "landscape"), "uploaded")
	require.NoError(t, err)
	opt, err := redis.ParseURL(address)
	require.NoError(t, err)
	rdb := redis.NewClient(opt)
	t.Cleanup(func() { require.NoError(t, rdb.Close()) })
	conn, err := queue.Redis(address)
	require.NoError(t, err)
	q := queue.NewClient(conn)
	t.Cleanup(func() { require.NoError(t, q.Close()) })
	e.start("work")
	e.start("work")
	job := story.Job{Kind: story.Prepare, Story: st.ID, Attempt: 1}
	for range 10 {
		// frees the id, so that the same task is there again
		require.NoError(t, rdb.FlushDB(context.Background()).Err())
		require.NoError(t, q.Enqueue(context.Background(), job))
	}
	e.await(st.ID, "in_review")
	e.awaitAttempts(st.ID, "prepare done")
}

// TestStoppedWorker asks a worker to stop in mid-ladder: it hands the story
// back, and no try is spent.
func TestStoppedWorker(t *testing.T) {
	t.Parallel()
	e, s3, _ := external(t)
	e.up("serve")
	first := e.start("work")
	st, err := e.submit(clips.Get(t, "portrait-hevc"), "in_review")
	require.NoError(t, err)
	e.decide(st.ID, "approve")
	e.awaitLadder(st.ID)
	first.stop(syscall.SIGTERM)
	require.Equal(t, 0, first.cmd.ProcessState.ExitCode())
	require.Equal(t, "published", e.story(st.ID).State)
	require.Equal(t, []string{"public/" + st.ID + "/2/"}, publicFolders(t, s3, st.ID), "the first set")
	e.start("work")
	e.awaitAttempts(st.ID, "prepare done", "publish done", "ladder handed_back", "ladder done")
}

// TestWithdrawnInMidWork takes a story back while its ladder is being made.
func TestWithdrawnInMidWork(t *testing.T) {
	t.Parallel()
	e, s3, _ := external(t)
	e.up("serve")
	e.start("work")
	st, err := e.submit(clips.Get(t, "portrait-hevc"), "in_review")
	require.NoError(t, err)
	e.decide(st.ID, "approve")
	e.awaitLadder(st.ID)
	status, _ := e.call("DELETE", "/v1/stories/"+st.ID, st.token, nil)
	require.Equal(t, 200, status)
	e.await(st.ID, "erased")
	b, err := storage.Open(context.Background(), s3)
	require.NoError(t, err)
	for _, root := range []string{"public/", "review/", "sources/", "incoming/"} {
		testkit.Eventually(t, patience, func() bool {
			objects, err := b.Keys(context.Background(), root+st.ID+"/", "", 10)
			require.NoError(t, err)
			return len(objects) == 0
		})
	}
	require.Empty(t, e.feed())
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
	e, s3, _ := external(t)
	target, err := url.Parse(s3.Endpoint)
	require.NoError(t, err)
	g := newGate(t, target.Host, 21<<20)
	e.vars = append(e.vars, "STORYREEL_S3_ENDPOINT=http://"+g.l.Addr().String())
	e.up("serve")
	video, err := os.ReadFile(clips.Get(t, "landscape"))
	require.NoError(t, err)
	free := make([]byte, size-len(video)) // a box that players pass over makes any video large
	binary.BigEndian.PutUint32(free, uint32(len(free)))
	copy(free[4:], "free")
	file := filepath.Join(t.TempDir(), "long.mp4")
	require.NoError(t, os.WriteFile(file, append(video, free...), 0o600))

	first := e.start("submit", file, "--server", e.url, "--parallel", "1")
	testkit.Eventually(t, patience, func() bool { return g.count() > 21<<20 })
	first.stop(syscall.SIGKILL)
	g.open()
	st, err := e.submit(file, "uploaded")
	require.NoError(t, err)
	require.Less(t, g.count(), int64(size-15<<20), "what had arrived is not sent again")
	e.start("work")
	e.await(st.ID, "in_review")
	var queue struct{ Waiting int }
	_, body := e.call("GET", "/v1/review/queue", e.key("moderator"), nil)
	require.NoError(t, json.Unmarshal(body, &queue))
	require.Equal(t, 1, queue.Waiting, "one story, not two")
}
