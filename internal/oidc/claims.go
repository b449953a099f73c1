package oidc

import "strings"

// claims are statements about a person, by name, as JSON has them.
type claims map[string]any

// at returns the value at a path, whose dots lead into objects; nil where there
// is none. A claim whose own name has dots, as a URL has, is found first.
func (c claims) at(path string) any {
	if v, ok := c[path]; ok {
		return v
	}
	name, rest, nested := strings.Cut(path, ".")
	inner, ok := c[name].(map[string]any)
	if !nested || !ok {
		return nil
	}
	return claims(inner).at(rest)
}

func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return s
}

// list returns the texts at a path: a list, or one text with spaces between.
func (c claims) list(path string) []string {
	switch v := c.at(path).(type) {
	case string:
		return strings.Fields(v)
	case []any:
		var out []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
