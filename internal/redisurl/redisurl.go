// Package redisurl parses the address of Redis.
package redisurl

import (
	"github.com/redis/go-redis/v9"

	"github.com/storyreel/storyreel/internal/fault"
)

// Parse parses a redis://, rediss:// or unix:// address. Others are
// fault.Invalid "config.redis", without the cause, which may hold a password.
func Parse(address string) (*redis.Options, error) {
	opt, err := redis.ParseURL(address)
	if err != nil || opt.Addr == "" {
		return nil,
			fault.New(fault.Invalid, "config.redis",
				"the Redis address must look like redis://host:6379/0 or unix:///path?db=0")
	}
	return opt, nil
}
