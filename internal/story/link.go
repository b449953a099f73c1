package story

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"github.com/storyreel/storyreel/internal/text"
)

// topLevel matches what follows the last dot of a name. Addresses in numbers,
// however they are written, end in a digit or begin with one.
var topLevel = regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z0-9]$`)

var hosts = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// Link returns a link in the form in which it may be shown, and whether it
// may: http or https to a name in the public naming system, without user,
// password or port, and without characters that browsers read differently
// than people do. Names in other scripts than Latin are spelled in Punycode.
func Link(s string) (string, bool) {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil || s != text.Line(s) || strings.ContainsAny(s, "\\ <>\"'`") {
		return "", false
	}
	port := u.Port()
	standard := port == "" && !strings.HasSuffix(u.Host, ":") ||
		port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http"
	if u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Opaque != "" || !standard {
		return "", false
	}
	host, err := hosts.ToASCII(strings.TrimSuffix(u.Hostname(), "."))
	if err != nil {
		return "", false
	}
	_, notAddress := netip.ParseAddr(host)
	dot := strings.LastIndexByte(host, '.')
	if notAddress == nil || dot < 1 || !topLevel.MatchString(host[dot+1:]) {
		return "", false
	}
	u.Host = host
	return u.String(), true
}

// plain matches what names a song or a place in it: no host, path or address.
var plain = regexp.MustCompile(`^[A-Za-z0-9_~-]{0,64}$`)

// SongLink returns a link as Link does, of which nothing can lead on to
// another site: hosts of music have addresses that redirect to one in the
// query or path. Parameters that could name one are left out; a path that
// could is no link to a song.
func SongLink(s string) (string, bool) {
	link, ok := Link(s)
	if !ok {
		return "", false
	}
	u, err := url.Parse(link)
	if err != nil || strings.ContainsAny(strings.Trim(u.Path, "/"), ":\\%") || strings.Contains(u.Path, "//") {
		return "", false
	}
	var kept []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		if part != "" && plain.MatchString(name) && plain.MatchString(value) {
			kept = append(kept, part)
		}
	}
	u.RawQuery, u.ForceQuery = strings.Join(kept, "&"), false
	if name, value, _ := strings.Cut(u.Fragment, "="); !plain.MatchString(name) || !plain.MatchString(value) {
		u.Fragment, u.RawFragment = "", ""
	}
	return u.String(), true
}

// LinkHost is the host of a link that Link returned.
func LinkHost(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Host
}

// HostAllowed reports whether host is one of the allowed hosts or below one of
// them. "*" allows every host.
func HostAllowed(host string, allowed []string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		return a == "*" || host == a || strings.HasSuffix(host, "."+a)
	})
}
