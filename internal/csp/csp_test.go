package csp

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u
}

// allowed reports whether all policies of the header's values allow the load.
func allowed(page *url.URL, l Load, values ...string) bool {
	for _, p := range ParseHeader("the header", values) {
		if !p.Allows(page, l) {
			return false
		}
	}
	return true
}

func TestAllows_SourceExpressions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		page, source, url string
		want              bool
	}{
		{"https://a.com/", "https://s.com", "https://s.com/v1/x", true},
		{"https://a.com/", "https://s.com", "http://s.com/", false},
		{"https://a.com/", "http://s.com", "https://s.com/", true},
		{"https://a.com/", "HTTPS://S.Com", "https://s.com/", true},
		{"https://a.com/", "s.com", "http://s.com/", false},
		{"http://a.com/", "s.com", "http://s.com/", true},
		{"http://a.com/", "s.com", "https://s.com/", true},
		{"https://a.com/", "s.com", "https://x.s.com/", false},
		{"https://a.com/", "*.s.com", "https://x.s.com/", true},
		{"https://a.com/", "*.s.com", "https://s.com/", false},
		{"https://a.com/", "*.s.com", "https://evils.com/", false},
		{"https://a.com/", "https://*", "https://s.com/", true},
		{"https://a.com/", "https://*:8443", "https://s.com:8443/", true},
		{"https://a.com/", "https://*:8443", "https://s.com/", false},
		{"https://a.com/", "https://s.com", "https://s.com:8443/", false},
		{"https://a.com/", "https://s.com:*", "https://s.com:8443/", true},
		{"https://a.com/", "https://s.com:443", "https://s.com/", true},
		{"https://a.com/", "http://s.com:80", "https://s.com/", true},
		{"https://a.com/", "http://s.com:80", "https://s.com:81/", false},
		{"https://a.com/", "http://127.0.0.1:8080", "http://127.0.0.1:8080/x", true},
		{"https://a.com/", "http://[::1]:8080", "http://[::1]:8080/x", true},
		{"https://a.com/", "https:", "http://s.com/", false},
		{"https://a.com/", "http:", "https://s.com/", true},
		{"https://a.com/", "https:", "blob:x", false},
		{"https://a.com/", "blob:", "blob:x", true},
		{"https://a.com/", "*", "blob:x", false},
		{"https://a.com/", "*", "https://s.com:1/", true},
		{"https://a.com/", "'self'", "blob:x", false},
		{"https://a.com/", "'self'", "https://a.com/x", true},
		{"https://a.com/", "'SELF'", "https://a.com:443/x", true},
		{"https://a.com/", "'self'", "https://a.com:8443/x", false},
		{"https://a.com/", "'self'", "http://a.com/x", false},
		{"http://a.com/", "'self'", "https://a.com/x", true},
		{"http://a.com:8080/", "'self'", "https://a.com/x", false},
		{"https://a.com/", "'self'", "https://s.com/x", false},
		{"https://a.com/", "'none'", "https://s.com/x", false},
		{"https://a.com/", "'unsafe-inline'", "https://s.com/x", false},
		{"https://a.com/", "'none' https://s.com", "https://s.com/x", true},
		{"https://a.com/", "https://s.com/embed.js", "https://s.com/embed.js", true},
		{"https://a.com/", "https://s.com/embed.js", "https://s.com/assets/x.js", false},
		{"https://a.com/", "https://s.com/Assets/", "https://s.com/assets/x.js", false},
		{"https://a.com/", "https://s.com/assets/", "https://s.com/assets/x.js", true},
		{"https://a.com/", "https://s.com/a%20b", "https://s.com/a%20b", true},
		{"https://a.com/", "https://s.com/", "https://s.com/x", true},
		{"https://a.com/", "https://", "https://s.com/x", false},
	} {
		t.Run(c.page+" "+c.source+" "+c.url, func(t *testing.T) {
			t.Parallel()
			l := Load{Kind: "connect-src", URL: address(t, c.url)}
			require.Equal(t, c.want, allowed(address(t, c.page), l, "connect-src "+c.source))
		})
	}
}

func TestAllows_DirectivesFallBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, policy, directive string
		want                    bool
	}{
		{"script-src-elem", "", "", true},
		{"script-src-elem", "style-src 'none'", "", true},
		{"script-src-elem", "default-src 'none'", "default-src", false},
		{"script-src-elem", "default-src", "default-src", false},
		{"script-src-elem", "default-src 'none'; script-src s.com", "script-src", true},
		{"script-src-elem", "script-src s.com; script-src-elem 'self'", "script-src-elem", false},
		{"script-src-elem", "script-src-attr 'none'", "", true},
		{"connect-src", "default-src 'none'; script-src s.com", "default-src", false},
		{"connect-src", "Default-Src 'none'; Connect-Src s.com", "connect-src", true},
		{"connect-src", "connect-src 'self'; connect-src s.com", "connect-src", false},
		{"img-src", "default-src s.com", "default-src", true},
		{"media-src", " ; ;media-src\ts.com ;", "media-src", true},
	} {
		t.Run(c.kind+" "+c.policy, func(t *testing.T) {
			t.Parallel()
			page := address(t, "https://a.com/")
			require.Equal(t, c.want, allowed(page, Load{Kind: c.kind, URL: address(t, "https://s.com/x")}, c.policy))
			for _, p := range ParseHeader("", []string{c.policy}) {
				directive, _ := p.Sources(c.kind)
				require.Equal(t, c.directive, directive)
			}
		})
	}
}

func TestAllows_EveryPolicyMustAllow(t *testing.T) {
	t.Parallel()
	page, l := address(t, "https://a.com/"), Load{Kind: "img-src", URL: address(t, "https://s.com/x")}
	require.True(t, allowed(page, l, "img-src s.com", "img-src *"))
	require.False(t, allowed(page, l, "img-src s.com", "img-src 'self'"), "two headers")
	require.False(t, allowed(page, l, "img-src s.com, img-src 'self'"), "two in one header")
	require.Len(t, ParseHeader("", []string{"img-src s.com,, ,default-src x", ""}), 2)
}

func TestAllows_NoncesHashesAndStrictDynamic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, policy string
		load         Load
		want         bool
	}{
		{"nonce", "script-src 'nonce-Ab1='", Load{Nonce: "Ab1="}, true},
		{"other case", "script-src 'nonce-Ab1='", Load{Nonce: "ab1="}, false},
		{"keyword in another case", "script-src 'NONCE-Ab1='", Load{Nonce: "Ab1="}, true},
		{"no nonce on the element", "script-src 'nonce-Ab1='", Load{}, false},
		{"empty nonce", "script-src 'nonce-'", Load{}, false},
		{"nonce or host", "script-src 'nonce-x' s.com", Load{}, true},
		{"strict-dynamic ignores hosts", "script-src 'nonce-x' 'strict-dynamic' s.com https:", Load{}, false},
		{"strict-dynamic with the nonce", "script-src 'nonce-x' 'strict-dynamic'", Load{Nonce: "x"}, true},
		{"loaded by an allowed script", "script-src 'nonce-x' 'strict-dynamic'", Load{ByScript: true}, true},
		{"loaded by a script without it", "script-src 'nonce-x'", Load{ByScript: true}, false},
		{"nonce in default-src", "default-src 'nonce-x'", Load{Nonce: "x"}, true},
		{"hash", "script-src 'sha256-q'", Load{Integrity: "sha256-q"}, true},
		{"one hash of two", "script-src 'sha256-q'", Load{Integrity: "sha256-q sha384-r"}, false},
		{"hash with options", "script-src 'sha256-q'", Load{Integrity: "sha256-q?x"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.load.Kind, c.load.URL = "script-src-elem", address(t, "https://s.com/embed.js")
			require.Equal(t, c.want, allowed(address(t, "https://a.com/"), c.load, c.policy))
		})
	}
}

func TestParseMeta_IgnoresWhatOnlyHeadersMayHave(t *testing.T) {
	t.Parallel()
	const text = "sandbox Allow-Scripts; img-src 'none'"
	flags, sandboxed := ParseHeader("", []string{text})[0].Sandbox()
	require.True(t, sandboxed)
	require.Equal(t, []string{"allow-scripts"}, flags)
	p := ParseMeta("", text)[0]
	_, sandboxed = p.Sandbox()
	require.False(t, sandboxed)
	directive, _ := p.Sources("img-src")
	require.Equal(t, "img-src", directive)
}
