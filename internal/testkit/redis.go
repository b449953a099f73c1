package testkit

import (
	"context"
	"fmt"
	"sync"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/storyreel/storyreel/internal/embedded"
)

// redisDatabases is how many tests of a process can use a database at a time.
const redisDatabases = 256

type redisServer struct {
	*embedded.Redis
	free chan int
}

var redisServers = sync.OnceValues(func() (*redisServer, error) {
	dir, err := scratch()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
	defer cancel()
	r, err := embedded.StartRedis(ctx, embedded.RedisOptions{Dir: dir, Databases: redisDatabases})
	if err != nil {
		return nil, err
	}
	onExit(func() { _ = r.Close() }) // returns nil
	s := &redisServer{Redis: r, free: make(chan int, redisDatabases)}
	for n := range redisDatabases {
		s.free <- n
	}
	return s, nil
})

// RedisURL returns the address of an empty Redis database for this test alone.
// FLUSHDB affects this test only, FLUSHALL all tests of the process.
func RedisURL(t testing.TB) string {
	t.Helper()
	s, err := redisServers()
	requireNoError(t, "start Redis", err)
	select {
	case n := <-s.free:
		t.Cleanup(func() { s.free <- n })
		o, err := goredis.ParseURL(s.URL)
		requireNoError(t, "read Redis address", err)
		o.DB = n
		c := goredis.NewClient(o)
		defer c.Close()
		requireNoError(t, "flush Redis database",
			withTimeout(func(ctx context.Context) error { return c.FlushDB(ctx).Err() }))
		return fmt.Sprintf("%s?db=%d", s.URL, n)
	default:
		t.Fatalf("testkit: all %d Redis databases are in use", redisDatabases)
		return ""
	}
}
