// Package csp evaluates content security policies as browsers do (W3C CSP
// Level 3): whether a page's policies let it load an address.
package csp

import (
	"net/url"
	"slices"
	"strings"
)

// Policy is one policy that is enforced. A page may have several, from headers
// and from meta elements; each must allow a load.
type Policy struct {
	From       string // what the page got it by, for people
	directives map[string][]string
}

// Load is what a page wants to load.
type Load struct {
	Kind      string   // the directive for it: script-src-elem, connect-src, img-src or media-src
	URL       *url.URL // absolute; blob: needs nothing but the scheme
	Nonce     string   // of the script element
	Integrity string   // of the script element, as in its attribute
	// ByScript is whether a script that runs already asks for the script, rather
	// than the page's markup.
	ByScript bool
}

// fallbacks lists, by kind, the directives of which the first that a policy
// has decides.
var fallbacks = map[string][]string{
	"script-src-elem": {"script-src-elem", "script-src", "default-src"},
	"connect-src":     {"connect-src", "default-src"},
	"img-src":         {"img-src", "default-src"},
	"media-src":       {"media-src", "default-src"},
}

// ParseHeader returns the policies of the values of one header, each of which
// may hold several, separated by commas.
func ParseHeader(from string, values []string) []Policy {
	var out []Policy
	for _, value := range values {
		for _, text := range strings.Split(value, ",") {
			if p := parse(from, text); len(p.directives) > 0 {
				out = append(out, p)
			}
		}
	}
	return out
}

// ParseMeta returns the policies of a meta element's content. Browsers ignore
// three directives there.
func ParseMeta(from, content string) []Policy {
	policies := ParseHeader(from, []string{content})
	for _, p := range policies {
		for _, name := range []string{"sandbox", "frame-ancestors", "report-uri"} {
			delete(p.directives, name)
		}
	}
	return policies
}

func parse(from, text string) Policy {
	p := Policy{from, map[string][]string{}}
	for _, directive := range strings.Split(text, ";") {
		words := strings.Fields(directive)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		if _, repeated := p.directives[name]; !repeated { // the first counts
			p.directives[name] = words[1:]
		}
	}
	return p
}

// Sandbox returns the flags that a sandbox directive gives back to the page,
// and whether there is one.
func (p Policy) Sandbox() (flags []string, sandboxed bool) {
	flags, sandboxed = p.directives["sandbox"]
	return lower(flags), sandboxed
}

// Sources returns the directive that decides about the kind and its values;
// none if the policy has nothing about it.
func (p Policy) Sources(kind string) (directive string, sources []string) {
	for _, name := range fallbacks[kind] {
		if sources, ok := p.directives[name]; ok {
			return name, sources
		}
	}
	return "", nil
}

// Allows reports whether the policy lets the page load it.
func (p Policy) Allows(page *url.URL, l Load) bool {
	directive, sources := p.Sources(l.Kind)
	if directive == "" {
		return true
	}
	if l.Kind == "script-src-elem" {
		if hasNonce(sources, l.Nonce) || hasHashes(sources, l.Integrity) {
			return true
		}
		if slices.Contains(lower(sources), "'strict-dynamic'") { // then addresses do not count
			return l.ByScript
		}
	}
	return slices.ContainsFunc(sources, func(source string) bool { return matches(source, page, l.URL) })
}

// HasNonces reports whether one of the sources is a nonce.
func HasNonces(sources []string) bool {
	return slices.ContainsFunc(lower(sources), func(s string) bool { return strings.HasPrefix(s, "'nonce-") })
}

func hasNonce(sources []string, nonce string) bool {
	const prefix = "'nonce-"
	return nonce != "" && slices.ContainsFunc(sources, func(s string) bool {
		return len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) && s[len(prefix):] == nonce+"'"
	})
}

// hasHashes reports whether every hash of the script element is listed.
func hasHashes(sources []string, integrity string) bool {
	hashes := strings.Fields(integrity)
	for _, hash := range hashes {
		hash, _, _ = strings.Cut(hash, "?") // options
		if !slices.Contains(sources, "'"+hash+"'") {
			return false
		}
	}
	return len(hashes) > 0
}

func lower(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToLower(w)
	}
	return out
}
