// Package redisurl reads the address of Redis for all that connect to it.
package redisurl

import (
	"github.com/redis/go-redis/v9"

	"github.com/storyreel/storyreel/internal/fault"
)

// Parse reads a redis://, rediss:// or unix:// address; Invalid "config.redis".
// The fault does not carry the cause, which may quote a password.
func Parse(address string) (*redis.Options, error) {
	opt, err := redis.ParseURL(address)
	if err != nil || opt.Addr == "" {
		return nil,
			fault.New(fault.Invalid, "config.redis",
				"the Redis address must look like redis://host:6379/0 or unix:///path?db=0")
	}
	return opt, nil
}
