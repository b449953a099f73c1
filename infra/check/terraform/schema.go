package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// committed is written by schema.mjs, which states where it is from.
//
//go:embed aws-schema.json
var committed []byte

// attribute has a type as JSON: a name, or a collection and its element's type.
type attribute struct {
	Type     any
	Required bool
	Computed bool // by the provider alone
}

type nested struct {
	Mode     string // list or set
	Min, Max int64  // Max 0: any number
	Block    block
}

type block struct {
	Attributes map[string]attribute
	Blocks     map[string]nested
}

// blocks are the types by name; those of data sources start with "data.".
func blocks() (map[string]block, error) {
	var all map[string]block
	err := json.Unmarshal(committed, &all)
	return all, err
}

// typeOf returns the type that JSON describes; unknown ones may hold anything.
func typeOf(t any) (tftypes.Type, error) {
	if name, ok := t.(string); ok {
		plain := map[string]tftypes.Type{
			"string": tftypes.String, "number": tftypes.Number, "bool": tftypes.Bool,
			"dynamic": tftypes.DynamicPseudoType,
		}
		if plain[name] != nil {
			return plain[name], nil
		}
	}
	if pair, ok := t.([]any); ok && len(pair) == 2 {
		element, err := typeOf(pair[1])
		switch pair[0] {
		case "list":
			return tftypes.List{ElementType: element}, err
		case "set":
			return tftypes.Set{ElementType: element}, err
		case "map":
			return tftypes.Map{ElementType: element}, err
		}
	}
	return nil, fmt.Errorf("no type %v", t)
}

// schema is the block in the form of the plugin protocol.
func (b block) schema() (*tfprotov6.SchemaBlock, error) {
	out := &tfprotov6.SchemaBlock{}
	for name, a := range b.Attributes {
		t, err := typeOf(a.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		writeOnly := strings.HasSuffix(name, "_wo") && !a.Computed
		out.Attributes = append(out.Attributes, &tfprotov6.SchemaAttribute{
			Name: name, Type: t, Required: a.Required, Optional: !a.Required && !a.Computed,
			Computed: !a.Required && !writeOnly, WriteOnly: writeOnly,
		})
	}
	for name, n := range b.Blocks {
		inner, err := n.Block.schema()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		mode := tfprotov6.SchemaNestedBlockNestingModeList
		if n.Mode == "set" {
			mode = tfprotov6.SchemaNestedBlockNestingModeSet
		}
		out.BlockTypes = append(out.BlockTypes,
			&tfprotov6.SchemaNestedBlock{TypeName: name, Nesting: mode, MinItems: n.Min, MaxItems: n.Max, Block: inner})
	}
	return out, nil
}
