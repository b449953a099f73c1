package front

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// The headers by which a proxy names its client. One installation believes
// one of them: a client may send the others, and most proxies pass them on.
const (
	ForwardedFor = "X-Forwarded-For"
	Forwarded    = "Forwarded" // RFC 7239
	RealIP       = "X-Real-IP"
)

// Headers lists them, the default first.
func Headers() []string { return []string{ForwardedFor, Forwarded, RealIP} }

// unknown is the address of a client whose connection has none, such as a
// Unix socket's.
const unknown = "unknown"

// clients finds out who a request comes from.
type clients struct {
	proxies []netip.Prefix
	header  string
}

func newClients(o Options) (*clients, error) {
	c := &clients{header: ForwardedFor}
	if o.ProxyHeader != "" {
		i := slices.IndexFunc(Headers(), func(h string) bool { return strings.EqualFold(h, o.ProxyHeader) })
		if i < 0 {
			return nil, fmt.Errorf("front: the proxy header must be one of %s", strings.Join(Headers(), ", "))
		}
		c.header = Headers()[i]
	}
	for _, text := range o.Proxies {
		p, err := ParseProxy(text)
		if err != nil {
			return nil, err
		}
		c.proxies = append(c.proxies, p)
	}
	return c, nil
}

// ParseProxy reads a network or a single address.
func ParseProxy(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, e := netip.ParseAddr(text)
		if e != nil {
			return p, fmt.Errorf("%q is neither a network such as 10.0.0.0/8 nor an address", text)
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

func (c *clients) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(c.proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// address is the nearest address that no trusted proxy has: the rest of the
// header was written by somebody else.
func (c *clients) address(r *http.Request) string {
	at, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return unknown
	}
	hops := c.hops(r.Header)
	for i := len(hops) - 1; i >= 0 && c.trusted(at); i-- {
		next, ok := parseAddress(hops[i])
		if !ok {
			break
		}
		at = next
	}
	return at.String()
}

// hops are the clients that proxies named, the nearest last.
func (c *clients) hops(h http.Header) []string {
	list := strings.Join(h.Values(c.header), ",")
	switch {
	case list == "":
		return nil
	case c.header == Forwarded:
		return forwardedFor(list)
	case c.header == RealIP: // a single address; a proxy that adds instead of replacing puts its own last
		parts := strings.Split(list, ",")
		return parts[len(parts)-1:]
	}
	return strings.Split(list, ",")
}

// forwardedFor returns the for= of each element of a Forwarded header. An
// element without one is an empty hop, behind which nothing is believed.
func forwardedFor(list string) []string {
	var hops []string
	for _, element := range splitQuoted(list, ',') {
		hop := ""
		for _, pair := range splitQuoted(element, ';') {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if strings.EqualFold(strings.TrimSpace(name), "for") {
				hop = strings.TrimSpace(value)
			}
		}
		hops = append(hops, hop)
	}
	return hops
}

// splitQuoted splits at the separator outside of quoted strings.
func splitQuoted(s string, separator byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			parts, start = append(parts, s[start:i]), i+1
		}
	}
	return append(parts, s[start:])
}

// parseAddress reads every form in which proxies write an address: with and
// without port, brackets, quotes and zone. IPv4 in IPv6 becomes IPv4, and a
// zone, which means something on one machine only, is dropped.
func parseAddress(text string) (netip.Addr, bool) {
	text = strings.Trim(strings.TrimSpace(text), `"`)
	text, _, _ = strings.Cut(text, ":_") // a port that the proxy keeps to itself
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		p, err := netip.ParseAddrPort(text)
		if err != nil {
			return a, false
		}
		a = p.Addr()
	}
	return a.Unmap().WithZone(""), true
}
