package csp

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	schemeSource = regexp.MustCompile(`^([a-z][a-z0-9+.-]*):$`)
	// scheme, host, port and path
	hostSource = regexp.MustCompile(`^(?:([a-z][a-z0-9+.-]*)://)?` +
		`(\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::([0-9]+|\*))?(/.*)?$`)
)

// networkSchemes are those that * stands for.
var networkSchemes = []string{"http", "https", "ws", "wss"}

var defaultPorts = map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443"}

// Port returns the port of the address, also where it is its scheme's default.
func Port(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return defaultPorts[u.Scheme]
}

// matches reports whether a source expression of a policy of the page stands
// for the address. Nonces, hashes and other keywords stand for none.
func matches(source string, page, u *url.URL) bool {
	if source == "*" {
		return slices.Contains(networkSchemes, u.Scheme) || u.Scheme == page.Scheme
	}
	if strings.EqualFold(source, "'self'") {
		return isSelf(page, u)
	}
	// Schemes and hosts are compared without regard to case, paths with it.
	origin, path := cutPath(source)
	source = strings.ToLower(origin) + path
	if m := schemeSource.FindStringSubmatch(source); m != nil {
		return schemeMatches(m[1], u.Scheme)
	}
	m := hostSource.FindStringSubmatch(source)
	if m == nil || u.Host == "" {
		return false
	}
	scheme := m[1]
	if scheme == "" {
		scheme = page.Scheme
	}
	return schemeMatches(scheme, u.Scheme) && hostMatches(m[2], strings.ToLower(u.Hostname())) &&
		portMatches(m[3], u) && pathMatches(m[4], u.EscapedPath())
}

// cutPath splits a host source before its path.
func cutPath(source string) (origin, path string) {
	begin := 0
	if i := strings.Index(source, "://"); i >= 0 {
		begin = i + len("://")
	}
	if i := strings.IndexByte(source[begin:], '/'); i >= 0 {
		return source[:begin+i], source[begin+i:]
	}
	return source, ""
}

// isSelf: the page's own origin, or the same host by a scheme that is safer.
func isSelf(page, u *url.URL) bool {
	if u.Host == "" || !strings.EqualFold(page.Hostname(), u.Hostname()) {
		return false
	}
	if page.Scheme == u.Scheme {
		return Port(page) == Port(u)
	}
	safer := u.Scheme == "https" || u.Scheme == "wss" || (page.Scheme == "http" && u.Scheme == "ws")
	samePort := Port(page) == Port(u) || (Port(page) == defaultPorts[page.Scheme] && Port(u) == defaultPorts[u.Scheme])
	return safer && samePort
}

// schemeMatches: a scheme stands for its safer variant, too.
func schemeMatches(allowed, scheme string) bool {
	switch allowed {
	case scheme:
		return true
	case "http":
		return scheme == "https"
	case "ws":
		return scheme == "wss" || scheme == "http" || scheme == "https"
	case "wss":
		return scheme == "https"
	}
	return false
}

// hostMatches: *.example.com stands for what is below example.com, without it.
func hostMatches(allowed, host string) bool {
	if allowed == "*" {
		return true
	}
	if suffix, ok := strings.CutPrefix(allowed, "*"); ok {
		return strings.HasSuffix(host, suffix) && len(host) > len(suffix)
	}
	return strings.Trim(allowed, "[]") == host
}

func portMatches(allowed string, u *url.URL) bool {
	switch port := Port(u); allowed {
	case "*", port:
		return true
	case "":
		return port == defaultPorts[u.Scheme]
	case "80": // stands for the safer variant's port, too
		return port == "443" && (u.Scheme == "https" || u.Scheme == "wss")
	}
	return false
}

// pathMatches: a path that ends with a slash stands for what is below it.
func pathMatches(allowed, path string) bool {
	if allowed == "" || (allowed == "/" && path == "") {
		return true
	}
	allowed, err := url.PathUnescape(allowed)
	if err != nil {
		return false
	}
	if path, err = url.PathUnescape(path); err != nil {
		return false
	}
	if strings.HasSuffix(allowed, "/") {
		return strings.HasPrefix(path, allowed)
	}
	return path == allowed
}
