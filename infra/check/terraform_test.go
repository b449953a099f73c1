package check

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// tfBlock is a block of the committed schema; terraform/schema.go describes it.
type tfBlock struct {
	Attributes map[string]struct {
		Type               any
		Required, Computed bool
	}
	Blocks map[string]struct {
		Min, Max int
		Block    tfBlock
	}
}

// tfModule is a folder of Terraform files.
type tfModule struct {
	dir    string
	blocks []*hclsyntax.Block
}

// modules reads the root module and all others, by folder.
func modules(t *testing.T) map[string]tfModule {
	t.Helper()
	out, err := readModules(root + "/infra/terraform")
	require.NoError(t, err)
	require.Len(t, out, 6)
	return out
}

func readModules(base string) (map[string]tfModule, error) {
	dirs, err := filepath.Glob(base + "/modules/*")
	if err != nil {
		return nil, err
	}
	out := map[string]tfModule{}
	for _, dir := range append(dirs, base) {
		files, err := filepath.Glob(dir + "/*.tf")
		if err != nil {
			return nil, err
		}
		m := tfModule{dir: dir}
		for _, name := range files {
			f, diags := hclparse.NewParser().ParseHCLFile(name)
			if diags.HasErrors() {
				return nil, diags
			}
			m.blocks = append(m.blocks, f.Body.(*hclsyntax.Body).Blocks...)
		}
		out[filepath.Base(dir)] = m
	}
	return out, nil
}

func awsSchema(t *testing.T) map[string]tfBlock {
	t.Helper()
	var all map[string]tfBlock
	require.NoError(t, json.Unmarshal([]byte(read(t, "infra/check/terraform/aws-schema.json")), &all))
	return all
}

// kindOf is the schema's name of a resource or data source; empty for others.
func kindOf(b *hclsyntax.Block) string {
	switch {
	case b.Type == "resource":
		return b.Labels[0]
	case b.Type == "data":
		return "data." + b.Labels[0]
	}
	return ""
}

// metaArguments are Terraform's own.
var metaArguments = []string{"count", "for_each", "depends_on", "provider"}

// checkBody returns what a body has that the schema does not allow.
func checkBody(where string, body *hclsyntax.Body, schema tfBlock, top bool) (problems []string) {
	complain := func(format string, args ...any) {
		problems = append(problems, where+": "+fmt.Sprintf(format, args...))
	}
	for name, a := range body.Attributes {
		if top && slices.Contains(metaArguments, name) {
			continue
		}
		s, ok := schema.Attributes[name]
		if !ok || s.Computed {
			complain("no argument %s", name)
			continue
		}
		if v, diags := a.Expr.Value(nil); !diags.HasErrors() && !fits(v, s.Type) {
			complain("%s must be a %v", name, s.Type)
		}
	}
	for name, s := range schema.Attributes {
		if s.Required && body.Attributes[name] == nil {
			complain("%s is missing", name)
		}
	}
	count := map[string]int{}
	for _, b := range body.Blocks {
		name, inner := b.Type, b.Body
		if name == "dynamic" && len(b.Labels) == 1 {
			name = b.Labels[0]
			for _, c := range b.Body.Blocks {
				inner = c.Body
			}
		} else if top && name == "lifecycle" {
			continue
		}
		s, ok := schema.Blocks[name]
		if !ok {
			complain("no block %s", name)
			continue
		}
		count[name]++
		problems = append(problems, checkBody(where+"."+name, inner, s.Block, false)...)
	}
	for name, s := range schema.Blocks {
		if n := count[name]; n < s.Min || s.Max > 0 && n > s.Max {
			complain("%d blocks %s", n, name)
		}
	}
	return problems
}

// fits reports whether a constant can become the type, which JSON describes.
func fits(v cty.Value, want any) bool {
	_, err := convert.Convert(v, ctyType(want))
	return err == nil
}

func ctyType(t any) cty.Type {
	switch t := t.(type) {
	case string:
		plain := map[string]cty.Type{"string": cty.String, "number": cty.Number, "bool": cty.Bool}
		if p, ok := plain[t]; ok {
			return p
		}
	case []any:
		element := ctyType(t[1])
		switch t[0] {
		case "list":
			return cty.List(element)
		case "set":
			return cty.Set(element)
		case "map":
			return cty.Map(element)
		}
	}
	return cty.DynamicPseudoType
}

func TestTerraform_ResourcesMatchTheProvidersSchema(t *testing.T) {
	t.Parallel()
	schema := awsSchema(t)
	used := map[string]bool{}
	for _, m := range modules(t) {
		for _, b := range m.blocks {
			if kind := kindOf(b); kind != "" {
				require.Contains(t, schema, kind, "run infra/check/terraform/schema.mjs")
				used[kind] = true
				require.Empty(t, checkBody(kind+"."+b.Labels[1], b.Body, schema[kind], true))
			}
		}
	}
	require.Equal(t, keys(schema), keys(used), "the schema has what is used")
}

func TestTerraform_SchemaFindsMistakes(t *testing.T) {
	t.Parallel()
	schema := awsSchema(t)
	for text, want := range map[string]string{
		`buckt = "x"`:            "no argument buckt",
		`arn = "x"`:              "no argument arn",
		`force_destroy = "some"`: "force_destroy must be a bool",
		"nothing {}":             "no block nothing",
	} {
		require.Equal(t, []string{"b: " + want}, problemsOf(t, text, schema["aws_s3_bucket"]), text)
	}
	require.Contains(t, problemsOf(t, "", schema["aws_lb_listener"]), "b: load_balancer_arn is missing")
	require.Contains(t, problemsOf(t, "", schema["aws_cloudfront_distribution"]), "b: 0 blocks restrictions")
}

func problemsOf(t *testing.T, text string, schema tfBlock) []string {
	t.Helper()
	f, diags := hclparse.NewParser().ParseHCL([]byte(text), "x.tf")
	require.False(t, diags.HasErrors(), diags)
	return checkBody("b", f.Body.(*hclsyntax.Body), schema, true)
}

// declared are the names that a module's expressions may start with.
func declared(m tfModule, schema map[string]tfBlock) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	add := func(path string, attributes ...string) {
		if out[path] == nil {
			out[path] = map[string]bool{}
		}
		for _, a := range attributes {
			out[path][a] = true
		}
	}
	for _, b := range m.blocks {
		switch b.Type {
		case "variable":
			add("var", b.Labels[0])
		case "locals":
			add("local", keys(b.Body.Attributes)...)
		case "module":
			add("module", b.Labels[0])
		case "resource", "data":
			path := strings.TrimPrefix(kindOf(b)+"."+b.Labels[1], "")
			add(path, keys(schema[kindOf(b)].Attributes)...)
			add(path, keys(schema[kindOf(b)].Blocks)...)
		}
	}
	return out
}

// TestTerraform_ReferencesExist covers variables, locals, modules, resources and
// the attributes of resources without for_each.
func TestTerraform_ReferencesExist(t *testing.T) {
	t.Parallel()
	schema := awsSchema(t)
	for _, m := range modules(t) {
		known := declared(m, schema)
		for _, b := range m.blocks {
			for _, path := range traversals(b.Body) {
				parts := strings.Split(path, ".")
				name, rest := parts[0], parts[1:]
				switch {
				case name == "data" && len(rest) > 2:
					name, rest = strings.Join(parts[:3], "."), parts[3:]
				case strings.HasPrefix(name, "aws_") && len(rest) > 0:
					name, rest = parts[0]+"."+parts[1], parts[2:]
				case name == "var" || name == "local" || name == "module":
				default:
					continue // each, path, the variables of for and dynamic
				}
				require.Contains(t, known, name, "%s: %s", m.dir, path)
				if len(rest) > 0 && rest[0] != "*" {
					require.Contains(t, known[name], rest[0], "%s: %s", m.dir, path)
				}
			}
		}
	}
}

// traversals are the references of a body as dotted paths; an index ends one.
func traversals(body *hclsyntax.Body) []string {
	var out []string
	for _, v := range variables(body) {
		var parts []string
		for _, step := range v {
			switch s := step.(type) {
			case hcl.TraverseRoot:
				parts = append(parts, s.Name)
				continue
			case hcl.TraverseAttr:
				parts = append(parts, s.Name)
				continue
			}
			break
		}
		out = append(out, strings.Join(parts, "."))
	}
	return out
}

func variables(body *hclsyntax.Body) []hcl.Traversal {
	var out []hcl.Traversal
	for _, a := range body.Attributes {
		out = append(out, a.Expr.Variables()...)
	}
	for _, b := range body.Blocks {
		if b.Type != "lifecycle" {
			out = append(out, variables(b.Body)...)
		}
	}
	return out
}

// TestTerraform_ModulesGetTheirVariables compares calls with declarations, and
// uses of outputs with outputs.
func TestTerraform_ModulesGetTheirVariables(t *testing.T) {
	t.Parallel()
	all := modules(t)
	text, err := os.ReadFile(root + "/infra/terraform/main.tf")
	require.NoError(t, err)
	calls := 0
	for _, call := range all["terraform"].blocks {
		if call.Type != "module" {
			continue
		}
		calls++
		for _, b := range all[call.Labels[0]].blocks {
			switch {
			case b.Type == "output":
				require.Contains(t, string(text)+read(t, "infra/terraform/outputs.tf"), b.Labels[0], "an unused output")
			case b.Type != "variable":
			case b.Body.Attributes["default"] == nil:
				require.Contains(t, call.Body.Attributes, b.Labels[0])
			}
		}
		for name := range call.Body.Attributes {
			if name != "source" && name != "count" {
				require.Contains(t, declared(all[call.Labels[0]], nil)["var"], name)
			}
		}
	}
	require.Equal(t, 5, calls)
}
