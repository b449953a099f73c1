package address_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/address"
)

func TestNetwork(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"203.0.113.77": "203.0.113.0/24", "::ffff:203.0.113.77": "203.0.113.0/24",
		"2001:db8:1:2:3::4": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48", "127.0.0.1": "127.0.0.0/24", "": "",
		"unix": "",
	} {
		t.Run(from, func(t *testing.T) { require.Equal(t, want, address.Network(from)) })
	}
}
