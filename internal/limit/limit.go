// Package limit counts requests in Redis, so that one client cannot crowd out
// the others. Its counters may be deleted at any time, which only resets them.
package limit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/redisurl"
	"github.com/storyreel/storyreel/internal/telemetry"
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

// Use is what one request counts against one rule.
type Use struct {
	Rule Rule
	N    int64
}

// count adds to each key unless one of the sums would exceed its maximum. ARGV
// has the number, the maximum and the window in ms of each key; a window
// starts when its key is new. It returns {1, 0} if it added, else {0, ms until
// the window ends, or the whole window where the number alone is too much}.
var count = redis.NewScript(`
for i, key in ipairs(KEYS) do
  local n = tonumber(redis.call('GET', key) or '0')
  if n + tonumber(ARGV[3*i-2]) > tonumber(ARGV[3*i-1]) then
    local left = redis.call('PTTL', key)
    if left < 0 then left = tonumber(ARGV[3*i]) end
    return {0, left}
  end
end
for i, key in ipairs(KEYS) do
  if redis.call('INCRBY', key, ARGV[3*i-2]) == tonumber(ARGV[3*i-2]) then redis.call('PEXPIRE', key, ARGV[3*i]) end
end
return {1, 0}`)

// giveBack subtracts ARGV[i] from KEYS[i] while its window lasts.
var giveBack = redis.NewScript(`
for i, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then redis.call('DECRBY', key, ARGV[i]) end
end
return 1`)

// keysOf are the counters of the uses. All of one key are in one slot of a
// cluster, as a script needs. Redis keeps no network or e-mail address: its
// log outlives the window.
func keysOf(key string, uses []Use) []string {
	sum := sha256.Sum256([]byte(key))
	keys := make([]string, len(uses))
	for i, u := range uses {
		keys[i] = fmt.Sprintf("storyreel:limit:{%x}:%s", sum[:12], u.Rule.Name)
	}
	return keys
}

// Take counts all uses of the key, or none and fails with TooMany
// "rate_limited" and the fact retry_after in seconds. While Redis is
// unavailable everything is allowed, as refusing contributors would be worse.
func (l *Limiter) Take(ctx context.Context, key string, uses ...Use) error {
	args := make([]any, 0, 3*len(uses))
	for _, u := range uses {
		args = append(args, u.N, u.Rule.Max, u.Rule.Per.Milliseconds())
	}
	ctx, span := telemetry.Begin(ctx, "Redis count", telemetry.Rule(uses[0].Rule.Name))
	got, err := count.Run(ctx, l.redis, keysOf(key, uses), args...).Int64Slice()
	span.End(err)
	if err != nil || len(got) != 2 {
		l.log.Warn("rate limit not counted", "rule", uses[0].Rule.Name, "err", err)
		return nil
	}
	if got[0] == 1 {
		return nil
	}
	wait := max(1, (got[1]+999)/1000)
	return fault.New(fault.TooMany, "rate_limited", "%s",
		fmt.Sprintf("too many requests; try again in %d seconds", wait)).With("retry_after", wait)
}

// Return gives back what Take counted for something that then did not happen.
func (l *Limiter) Return(ctx context.Context, key string, uses ...Use) {
	args := make([]any, len(uses))
	for i, u := range uses {
		args[i] = u.N
	}
	if err := giveBack.Run(ctx, l.redis, keysOf(key, uses), args...).Err(); err != nil {
		l.log.Warn("rate limit not given back", "rule", uses[0].Rule.Name, "err", err)
	}
}

// Allow is Take of n events of one rule.
func (l *Limiter) Allow(ctx context.Context, r Rule, key string, n int64) error {
	return l.Take(ctx, key, Use{r, n})
}

// Key is what limits count a network address by: an IPv4 address, or the /64
// of an IPv6 one, which is what one customer gets.
func Key(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}
