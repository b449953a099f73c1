package website

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/storyreel/storyreel/internal/csp"
)

// scriptKind is the kind of loads of script files.
const scriptKind = "script-src-elem"

// need is an address that elements load, of the kind.
type need struct {
	kind string
	url  string
	part bool // a part of the script, which the script loads
}

// needs lists what the page's elements load. docs/embed/README.md lists the
// same; a test holds both together.
func (c *check) needs() []need {
	list := []need{
		{scriptKind, c.service.JoinPath(script).String(), false},
		{scriptKind, c.service.JoinPath("assets/embed-shared.js").String(), true},
		{"connect-src", c.service.JoinPath("v1/campaigns").String(), false},
	}
	if c.form {
		list = append(list, need{"connect-src", c.Upload + "/", false})
	}
	if c.feed {
		list = append(list, need{"connect-src", c.Media + "public/index.m3u8", false},
			need{"img-src", c.Media + "public/poster.jpg", false}, need{"media-src", c.Media + "public/story.mp4",
				false})
	}
	return append(list, need{"media-src", "blob:", false})
}

// checkPolicies reports, for each policy and kind, what it refuses.
func (c *check) checkPolicies() {
	policies := c.policies()
	before := len(c.found)
	for _, p := range policies {
		c.checkSandbox(p)
		for _, kind := range []string{scriptKind, "connect-src", "img-src", "media-src"} {
			c.checkKind(p, kind)
		}
	}
	switch {
	case len(policies) == 0:
		c.ok("content policy", "the page has none")
	case len(c.found) == before:
		c.ok("content policy", fmt.Sprintf("it allows what the elements load (policies: %d)", len(policies)))
	}
}

func (c *check) checkKind(p csp.Policy, kind string) {
	var refused []string
	inherited := false // a part needs the browser to pass the script element's nonce on
	for _, n := range c.needs() {
		u, err := url.Parse(n.url)
		if n.kind != kind || err != nil { // which checkAddresses reports
			continue
		}
		l := csp.Load{Kind: kind, URL: u, ByScript: n.part || c.tag == nil}
		if c.tag != nil && !n.part {
			l.Nonce, l.Integrity = c.tag.nonce, c.tag.integrity
		}
		allowed := p.Allows(c.page.url, l)
		if !allowed && n.part && c.tag != nil {
			l.Nonce = c.tag.nonce
			inherited = p.Allows(c.page.url, l)
			allowed = inherited
		}
		if source := sourceOf(u); !allowed && !slices.Contains(refused, source) {
			refused = append(refused, source)
		}
	}
	directive, sources := p.Sources(kind)
	switch {
	case len(refused) > 0:
		c.fail("content policy", fmt.Sprintf("%s of %s refuses %s", directive, p.From, strings.Join(refused, " ")),
			remedy(kind, directive, sources, refused))
	case inherited:
		c.warn("content policy", fmt.Sprintf("%s of %s allows the parts of embed.js only where a browser passes "+
			"the nonce on to them", directive, p.From), "add 'strict-dynamic' or "+originOf(c.service)+" to "+directive)
	}
}

// sourceOf is the value by which a policy allows the address.
func sourceOf(u *url.URL) string {
	if u.Host == "" {
		return u.Scheme + ":"
	}
	return originOf(u)
}

// remedy is what to add to the policy, given the directive that decided and
// its values.
func remedy(kind, directive string, sources, refused []string) string {
	add := strings.Join(refused, " ")
	if kind == scriptKind {
		dynamic := slices.ContainsFunc(sources, func(s string) bool { return strings.EqualFold(s, "'strict-dynamic'") })
		switch {
		case dynamic:
			return "give the script element the nonce that the policy has in each answer: nonce=\"…\""
		case csp.HasNonces(sources):
			return "add " + add + " to " + directive + ", or 'strict-dynamic' and the nonce to the script element"
		}
	}
	if directive == "default-src" {
		if kind == scriptKind {
			kind = "script-src"
		}
		kept := slices.DeleteFunc(slices.Clone(sources), isNone)
		return "add the directive: " + strings.Join(append(append([]string{kind}, kept...), refused...), " ")
	}
	if len(sources) > 0 && !slices.ContainsFunc(sources, func(s string) bool { return !isNone(s) }) {
		return "put " + add + " in the place of 'none' in " + directive
	}
	return "add " + add + " to " + directive
}

func isNone(source string) bool { return strings.EqualFold(source, "'none'") }

// checkSandbox: elements run scripts, call with the page's origin and have a
// form.
func (c *check) checkSandbox(p csp.Policy) {
	flags, sandboxed := p.Sandbox()
	if !sandboxed {
		return
	}
	needed := []string{"allow-scripts", "allow-same-origin"}
	if c.form {
		needed = append(needed, "allow-forms")
	}
	missing := slices.DeleteFunc(needed, func(flag string) bool { return slices.Contains(flags, flag) })
	if len(missing) > 0 {
		c.fail("content policy", "sandbox of "+p.From+" refuses what the elements do", "add "+
			strings.Join(missing, " ")+" to sandbox")
	}
}

// checkIsolation: posters and videos are loaded without CORS, so a page that
// is isolated from other origins shows only what their server marks.
func (c *check) checkIsolation() {
	value, _, _ := strings.Cut(c.page.header.Get("Cross-Origin-Embedder-Policy"), ";")
	if c.feed && strings.TrimSpace(value) == "require-corp" {
		c.warn("isolation", "Cross-Origin-Embedder-Policy of the page refuses media without a header of their own",
			"let "+c.Media+" send Cross-Origin-Resource-Policy: cross-origin, or use credentialless for the page")
	}
}
