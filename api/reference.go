package api

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/api/docsite"
)

// maxFieldDepth is how deep the reference looks into objects.
const maxFieldDepth = 6

// reference describes every operation for the documentation, by its user.
func (s *server) reference() docsite.Reference {
	out := make(docsite.Reference, len(audiences))
	for i, user := range audiences {
		out[i].Title = user
	}
	for _, op := range operationsByPath(s.huma.OpenAPI()) {
		i := slices.Index(audiences, audienceOf(op))
		out[i].All = append(out[i].All, s.operationOf(op))
	}
	return out
}

func (s *server) operationOf(op *huma.Operation) docsite.Operation {
	out := docsite.Operation{
		ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description,
		Who: whoMay(op),
	}
	for _, p := range op.Parameters {
		f := docsite.Field{
			Name: p.Name, Kind: p.In + ": " + kindOf(p.Schema), Required: p.Required,
			Description: cmp.Or(p.Description, p.Schema.Description),
		}
		out.Parameters = append(out.Parameters, f)
	}
	if op.RequestBody != nil {
		if m := op.RequestBody.Content["application/json"]; m != nil {
			out.Body, out.BodyExample = s.fieldsOf(m.Schema), s.exampleJSON(m.Schema)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if status >= "400" {
			out.Errors = append(out.Errors, status)
			continue
		}
		a := docsite.Answer{Status: status}
		for _, kind := range slices.Sorted(maps.Keys(op.Responses[status].Content)) {
			a.Type = kind
			schema := op.Responses[status].Content[kind].Schema
			a.Fields = s.fieldsOf(schema)
			if kind == "application/json" {
				a.Example = s.exampleJSON(schema)
			}
		}
		out.Answers = append(out.Answers, a)
	}
	return out
}

func whoMay(op *huma.Operation) string {
	roles, _ := allowedOf(op)
	if len(roles) == 0 {
		return "anyone"
	}
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// fieldsOf lists the fields of a JSON value by their paths.
func (s *server) fieldsOf(of *huma.Schema) []docsite.Field {
	var out []docsite.Field
	var add func(name string, of *huma.Schema, required bool, description string, depth int)
	add = func(name string, of *huma.Schema, required bool, description string, depth int) {
		if of == nil {
			return
		}
		if of.Ref != "" {
			description = cmp.Or(description, of.Description)
			of = s.huma.OpenAPI().Components.Schemas.SchemaFromRef(of.Ref)
		}
		if name != "" {
			f := docsite.Field{Name: name, Kind: kindOf(of), Required: required,
				Description: cmp.Or(description, of.Description)}
			out = append(out, f)
		}
		if depth == maxFieldDepth {
			return
		}
		if of.Items != nil {
			of, name = of.Items, name+"[]"
			if of.Ref != "" {
				of = s.huma.OpenAPI().Components.Schemas.SchemaFromRef(of.Ref)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(of.Properties)) {
			path := strings.TrimPrefix(name+"."+key, ".")
			add(path, of.Properties[key], slices.Contains(of.Required, key), "", depth+1)
		}
	}
	add("", of, true, "", 0)
	return out
}

// kindOf says what a value may be.
func kindOf(s *huma.Schema) string {
	kind := s.Type
	switch {
	case s.Format == "date-time":
		kind = "time (RFC 3339)"
	case s.Type == huma.TypeArray:
		kind = "list"
		if s.Items != nil && s.Items.Type != "" && s.Items.Type != huma.TypeObject {
			kind += " of " + kindOf(s.Items)
		}
	case len(s.Enum) > 0:
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		return strings.Join(values, " | ")
	}
	return kind + bounds(s)
}

// bounds says how small and large a value may be.
func bounds(s *huma.Schema) string {
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		return fmt.Sprintf(", %g to %g", *s.Minimum, *s.Maximum)
	case s.Minimum != nil:
		return fmt.Sprintf(", at least %g", *s.Minimum)
	case s.Maximum != nil:
		return fmt.Sprintf(", at most %g", *s.Maximum)
	case s.MaxLength != nil:
		return fmt.Sprintf(", up to %d characters", *s.MaxLength)
	case s.MaxItems != nil:
		return fmt.Sprintf(", up to %d", *s.MaxItems)
	}
	return ""
}
