package website

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/storyreel/storyreel/internal/csp"
)

// script is the file that defines the elements, below the service's origin.
const script = "/embed.js"

// markup is what concerns the elements in a page's HTML.
type markup struct {
	elements []element   // at most maxElements
	more     bool        // there are more elements
	scripts  []scriptTag // external ones
	policies []csp.Policy
	inline   []string // texts of scripts without an address
	base     *url.URL
}

// element is one whose name begins with storyreel-.
type element struct {
	name   string
	attrs  map[string]string
	within string // the element of ours around it; empty: none
}

type scriptTag struct {
	url                                 *url.URL
	kind, nonce, crossorigin, integrity string
}

// parse reads the page's HTML as a browser that runs scripts does: what stands
// in noscript and template elements is not part of the page.
func parse(p *page) (*markup, error) {
	root, err := html.Parse(bytes.NewReader(p.body))
	if err != nil {
		return nil, err
	}
	m := &markup{base: p.url}
	for n := range root.Descendants() { // addresses before it are resolved with it, too
		if href, ok := attributes(n)["href"]; ok && n.DataAtom == atom.Base {
			if u, err := p.url.Parse(strings.TrimSpace(href)); err == nil {
				m.base = u
			}
			break
		}
	}
	m.read(root, "")
	return m, nil
}

// read takes what concerns us below the node; within is the element of ours
// around it.
func (m *markup) read(n *html.Node, within string) {
	for child := range n.ChildNodes() {
		if child.Type != html.ElementNode {
			continue
		}
		attrs, inside := attributes(child), within
		switch {
		case child.DataAtom == atom.Template:
			if _, shadow := attrs["shadowrootmode"]; !shadow {
				continue
			}
		case child.DataAtom == atom.Script:
			m.script(child, attrs)
		case child.DataAtom == atom.Meta:
			policy := strings.EqualFold(strings.TrimSpace(attrs["http-equiv"]), "content-security-policy")
			if policy && n.DataAtom == atom.Head { // elsewhere browsers ignore it
				m.policies = append(m.policies, csp.ParseMeta("the page's meta element", attrs["content"])...)
			}
		case strings.HasPrefix(child.Data, "storyreel-"):
			inside = child.Data
			if m.more = len(m.elements) == maxElements; !m.more {
				m.elements = append(m.elements, element{child.Data, attrs, within})
			}
		}
		m.read(child, inside)
	}
}

func (m *markup) script(n *html.Node, attrs map[string]string) {
	src, external := attrs["src"]
	if !external {
		if n.FirstChild != nil {
			m.inline = append(m.inline, n.FirstChild.Data)
		}
		return
	}
	u, err := m.base.Parse(strings.TrimSpace(src))
	if err != nil {
		return // which browsers do not load either
	}
	m.scripts = append(m.scripts, scriptTag{
		url: u, kind: strings.ToLower(strings.TrimSpace(attrs["type"])), nonce: attrs["nonce"],
		crossorigin: strings.ToLower(attrs["crossorigin"]), integrity: attrs["integrity"],
	})
}

// loadsByScript reports whether a script within the page names our script.
func (m *markup) loadsByScript(service *url.URL) bool {
	for _, text := range m.inline {
		// JSON within scripts may escape slashes
		if strings.Contains(strings.ReplaceAll(text, `\/`, "/"), service.Host+script) {
			return true
		}
	}
	return false
}

// attributes are those of an element; of a repeated one the first counts.
func attributes(n *html.Node) map[string]string {
	out := make(map[string]string, len(n.Attr))
	for _, a := range n.Attr {
		if _, repeated := out[a.Key]; !repeated {
			out[a.Key] = a.Val
		}
	}
	return out
}
