package redisurl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/redisurl"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		network, addr, user, password string
		db                            int
		tls                           bool
	}{
		"redis://localhost:6379/2":              {"tcp", "localhost:6379", "", "", 2, false},
		"redis://cache.example":                 {"tcp", "cache.example:6379", "", "", 0, false},
		"rediss://user:pw@cache.example:6380/0": {"tcp", "cache.example:6380", "user", "pw", 0, true},
		"unix:///run/redis.sock?db=3":           {"unix", "/run/redis.sock", "", "", 3, false},
		"unix://user:pw@/run/redis.sock":        {"unix", "/run/redis.sock", "user", "pw", 0, false},
	} {
		t.Run(address, func(t *testing.T) {
			opt, err := redisurl.Parse(address)
			require.NoError(t, err)
			require.Equal(t, want.network, opt.Network)
			require.Equal(t, want.addr, opt.Addr)
			require.Equal(t, want.user, opt.Username)
			require.Equal(t, want.password, opt.Password)
			require.Equal(t, want.db, opt.DB)
			require.Equal(t, want.tls, opt.TLSConfig != nil)
		})
	}
	for _, address := range []string{
		"", "localhost:6379", "http://localhost", "unix://", "unix:///x?db=many", "redis://secret-password@%zz",
	} {
		t.Run("bad "+address, func(t *testing.T) {
			_, err := redisurl.Parse(address)
			require.True(t, fault.Is(err, "config.redis"), err)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}
