package front

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func list(header string, values ...string) http.Header {
	return http.Header{http.CanonicalHeaderKey(header): values}
}

var requests = map[string]struct {
	header  string // that the installation believes
	remote  string // 10.0.0.9:1 when empty
	headers http.Header
	want    string
}{
	"no proxy": {
		remote: "203.0.113.1:4", headers: list(ForwardedFor, "192.0.2.1"), want: "203.0.113.1",
	},
	"no header":            {want: "10.0.0.9"},
	"an address":           {headers: list(ForwardedFor, "192.0.2.1"), want: "192.0.2.1"},
	"with a port":          {headers: list(ForwardedFor, "192.0.2.1:4444"), want: "192.0.2.1"},
	"IPv6":                 {headers: list(ForwardedFor, "2001:db8::1"), want: "2001:db8::1"},
	"IPv6 in brackets":     {headers: list(ForwardedFor, "[2001:db8::1]"), want: "2001:db8::1"},
	"IPv6 with a port":     {headers: list(ForwardedFor, "[2001:db8::1]:4444"), want: "2001:db8::1"},
	"IPv6 with a zone":     {headers: list(ForwardedFor, "fe80::1%eth0"), want: "fe80::1"},
	"IPv4 in IPv6":         {headers: list(ForwardedFor, "::ffff:192.0.2.1"), want: "192.0.2.1"},
	"a forged beginning":   {headers: list(ForwardedFor, "198.51.100.7, 192.0.2.1"), want: "192.0.2.1"},
	"two proxies":          {headers: list(ForwardedFor, "192.0.2.1, 10.0.0.7"), want: "192.0.2.1"},
	"two proxies' headers": {headers: list(ForwardedFor, "192.0.2.1", "10.0.0.7:80"), want: "192.0.2.1"},
	"a forged header":      {headers: list(ForwardedFor, "198.51.100.7", "192.0.2.1"), want: "192.0.2.1"},
	"proxies only":         {headers: list(ForwardedFor, "10.0.0.8"), want: "10.0.0.8"},
	"no address at all":    {headers: list(ForwardedFor, "192.0.2.1, unknown"), want: "10.0.0.9"},
	"another's X-Real-IP":  {headers: list(RealIP, "192.0.2.1"), want: "10.0.0.9"},
	"another's Forwarded":  {headers: list(Forwarded, "for=192.0.2.1"), want: "10.0.0.9"},
	"X-Real-IP": {
		header: "x-real-ip", want: "192.0.2.1",
		headers: http.Header{"X-Real-Ip": {"192.0.2.1"}, "X-Forwarded-For": {"198.51.100.7"}},
	},
	"a forged X-Real-IP": {header: RealIP, headers: list(RealIP, "198.51.100.7", "192.0.2.1"), want: "192.0.2.1"},
	"Forwarded": {
		header: Forwarded, want: "192.0.2.1",
		headers: list(Forwarded, `for=198.51.100.7, For=192.0.2.1;proto=https;by="a,b;c"`),
	},
	"Forwarded IPv6": {
		header: Forwarded, headers: list(Forwarded, `for="[2001:db8::1]:4711"`), want: "2001:db8::1",
	},
	"Forwarded, no port": {
		header: Forwarded, headers: list(Forwarded, `for="192.0.2.1:_port"`), want: "192.0.2.1",
	},
	"Forwarded twice": {
		header: Forwarded, headers: list(Forwarded, "for=192.0.2.1", "for=10.0.0.7"), want: "192.0.2.1",
	},
	"Forwarded, hidden": {
		header: Forwarded, headers: list(Forwarded, "for=192.0.2.1, for=_hidden"), want: "10.0.0.9",
	},
	"Forwarded, no for": {
		header: Forwarded, headers: list(Forwarded, "for=192.0.2.1, proto=https"), want: "10.0.0.9",
	},
	"a proxy in IPv6 form": {
		remote: "[::ffff:10.0.0.9]:1", headers: list(ForwardedFor, "192.0.2.1"), want: "192.0.2.1",
	},
	"a single proxy": {
		remote: "[2001:db8::9]:1", headers: list(ForwardedFor, "192.0.2.1"), want: "192.0.2.1",
	},
	"a socket": {remote: "@", want: "unknown"},
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for name, c := range requests {

		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := newClients(Options{Proxies: []string{"10.0.0.0/8", "2001:db8::9"}, ProxyHeader: c.header})
			require.NoError(t, err)
			if c.remote == "" {
				c.remote = "10.0.0.9:1"
			}
			require.Equal(t, c.want, found.address(&http.Request{RemoteAddr: c.remote, Header: c.headers}))
		})
	}
	for _, o := range []Options{{Proxies: []string{"all"}}, {ProxyHeader: "Client-IP"}} {
		_, err := newClients(o)
		require.Error(t, err)
	}
}
