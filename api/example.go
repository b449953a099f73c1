package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// exampleTexts are values of text fields by the field's name, so that examples
// read like what a campaign has; the schema decides where it allows fewer.
var exampleTexts = map[string]string{
	"action": "approve", "artist": "David Bowie", "campaign": "thatsongwhen", "code": "feed.unknown", "country": "DE",
	"detail": "there is no such story", "hashtag": "ThatSongWhen", "locale": "en", "message": "We danced to it.",
	"name": "Ana", "prompt": "Which song reminds you of somebody?", "slot": "ad-1", "slug": "thatsongwhen",
	"song": "Heroes", "text": "We danced to it.", "title": "Heroes", "zone": "Europe/Berlin",
}

// exampleFormats are values of formats of JSON Schema.
var exampleFormats = map[string]string{
	"date-time": "2026-11-27T10:00:00Z", "date": "2026-11-27", "uuid": "0193716e-5a00-7c3a-9e00-1f2d3c4b5a69",
	"email": "ana@example.com", "uri": "https://example.com/page", "ipv4": "203.0.113.7",
}

// example makes a value that the schema allows: examples and defaults where
// the schema has them, else the least that shows each field. The name is the
// field's.
func (s *server) example(name string, of *huma.Schema, depth int) any {
	if of.Ref != "" {
		of = s.huma.OpenAPI().Components.Schemas.SchemaFromRef(of.Ref)
	}
	switch {
	case len(of.Examples) > 0:
		return of.Examples[0]
	case of.Default != nil:
		return of.Default
	case len(of.Enum) > 0:
		return of.Enum[0]
	}
	switch of.Type {
	case huma.TypeObject:
		return s.exampleObject(of, depth)
	case huma.TypeArray:
		if of.Items == nil || depth >= maxFieldDepth {
			return []any{}
		}
		return []any{s.example(strings.TrimSuffix(name, "s"), of.Items, depth+1)}
	case huma.TypeInteger, huma.TypeNumber:
		return exampleNumber(of)
	case huma.TypeBoolean:
		return true
	case huma.TypeString:
		return exampleText(name, of)
	}
	return map[string]any{} // anything
}

func (s *server) exampleObject(of *huma.Schema, depth int) any {
	out := map[string]any{}
	for key, field := range of.Properties {
		if depth < maxFieldDepth || slices.Contains(of.Required, key) {
			out[key] = s.example(key, field, depth+1)
		}
	}
	if values, ok := of.AdditionalProperties.(*huma.Schema); ok {
		out["name"] = s.example("name", values, depth+1)
	}
	return out
}

// exampleNumber is 1, or the bound that is nearest to it.
func exampleNumber(of *huma.Schema) any {
	n := 1.0
	if of.Minimum != nil {
		n = max(n, *of.Minimum)
	}
	if of.Maximum != nil {
		n = min(n, *of.Maximum)
	}
	return n
}

func exampleText(name string, of *huma.Schema) string {
	text, known := exampleFormats[of.Format]
	if !known {
		if text = exampleTexts[name]; text == "" {
			text = "text"
		}
	}
	if of.MinLength != nil {
		text += strings.Repeat("x", max(0, *of.MinLength-len([]rune(text))))
	}
	if of.MaxLength != nil && len([]rune(text)) > *of.MaxLength {
		text = string([]rune(text)[:*of.MaxLength])
	}
	return text
}

// exampleJSON is an example of a JSON body, indented.
func (s *server) exampleJSON(of *huma.Schema) string {
	b, err := json.MarshalIndent(s.example("", of, 0), "", "  ")
	if err != nil {
		panic(err) // made of plain values
	}
	return string(b)
}

// audiences orders the users of the API as the reference lists them.
var audiences = []string{"Contributors", "Moderators", "Creative team", "Administrators", "Developers", "All staff"}

// audienceOf is for whom the operation is in the first place.
func audienceOf(op *huma.Operation) string {
	roles, _ := allowedOf(op)
	tag := op.Tags[0]
	switch has := func(r string) bool { return strings.Contains(whoMay(op), r) }; {
	case op.Metadata[everywhereKey] == true || tag == "webhooks":
		return "Developers"
	case tag == "sessions":
		return "All staff"
	case len(roles) == 0 || has("contributor"):
		return "Contributors"
	case has("moderator") && has("creative"):
		return "All staff"
	case has("moderator") || has("lead"):
		return "Moderators"
	case has("creative"):
		return "Creative team"
	}
	return "Administrators"
}

// operationsByPath lists the operations of the document in the order of their
// paths, each path's in the order in which they are mostly used.
func operationsByPath(document *huma.OpenAPI) []*huma.Operation {
	var out []*huma.Operation
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		item := document.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out = append(out, op)
			}
		}
	}
	return out
}
