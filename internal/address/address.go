// Package address cuts network addresses to what may be kept of them.
package address

import "net/netip"

// Network returns the /24 of an IPv4 address or the /48 of an IPv6 one, in
// CIDR notation, so that what is kept does not name a household. It is empty
// for anything but an address.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	bits := 48
	if a = a.Unmap().WithZone(""); a.Is4() {
		bits = 24
	}
	return netip.PrefixFrom(a, bits).Masked().String()
}
