// Package limit counts requests in Redis, so that one client cannot crowd out
// the others. Its counters may be deleted at any time, which only resets them.
package limit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/redisurl"
)

// Rule allows Max events per window. A window starts with its first event and
// lasts Per.
type Rule struct {
	Name string
	Max  int64
	Per  time.Duration
}

// Limiter enforces rules.
type Limiter struct {
	redis *redis.Client
	log   *slog.Logger
}

// New returns a Limiter for a redis://, rediss:// or unix:// address. It
// connects when first used; the caller must Close it.
func New(address string, log *slog.Logger) (*Limiter, error) {
	opt, err := redisurl.Parse(address)
	if err != nil {
		return nil, err
	}
	opt.ReadTimeout, opt.WriteTimeout, opt.DialTimeout = time.Second, time.Second, time.Second
	return &Limiter{redis: redis.NewClient(opt), log: log}, nil
}

// Close closes the connections.
func (l *Limiter) Close() error { return l.redis.Close() }

// count adds ARGV[1] to KEYS[1] unless the sum would exceed ARGV[2], and starts
// a window of ARGV[3] ms when the key is new. It returns {1, 0} if it added,
// else {0, ms until the window ends}.
var count = redis.NewScript(`
local n = tonumber(redis.call('GET', KEYS[1]) or '0')
if n + tonumber(ARGV[1]) > tonumber(ARGV[2]) then
  return {0, redis.call('PTTL', KEYS[1])}
end
redis.call('INCRBY', KEYS[1], ARGV[1])
if n == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return {1, 0}`)

// Allow counts n events of the key, or fails with TooMany "rate_limited" and
// the fact retry_after in seconds. While Redis is unavailable everything is
// allowed, as refusing contributors would be worse.
func (l *Limiter) Allow(ctx context.Context, r Rule, key string, n int64) error {
	// Redis keeps no network or e-mail address: its log outlives the window.
	sum := sha256.Sum256([]byte(key))
	got, err := count.Run(ctx, l.redis, []string{fmt.Sprintf("storyreel:limit:%s:%x", r.Name, sum[:12])}, n, r.Max,
		r.Per.Milliseconds()).Int64Slice()
	if err != nil || len(got) != 2 {
		l.log.Warn("rate limit not counted", "rule", r.Name, "err", err)
		return nil
	}
	if got[0] == 1 {
		return nil
	}
	wait := max(1, (got[1]+999)/1000)
	return fault.New(fault.TooMany, "rate_limited", "%s",
		fmt.Sprintf("too many requests; try again in %d seconds", wait)).With("retry_after", wait)
}
