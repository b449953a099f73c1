// Command terraform is a provider for Terraform that has the schema of the AWS
// provider and does nothing else: `terraform validate`, and `terraform test` with
// a mocked provider, need no more, and neither a registry nor 700 MB.
package main

import (
	"context"
	"log"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func main() {
	provider := func() tfprotov6.ProviderServer { return server{} }
	if err := tf6server.Serve("registry.terraform.io/hashicorp/aws", provider); err != nil {
		log.Fatal(err)
	}
}

// server answers what Terraform asks before it plans. Anything else would be a
// nil call: a mocked provider never makes one.
type server struct{ tfprotov6.ProviderServer }

// GetMetadata implements tfprotov6.ProviderServer.
func (server) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{ServerCapabilities: &tfprotov6.ServerCapabilities{}}, nil
}

// GetResourceIdentitySchemas implements tfprotov6.ProviderServer: there are none.
func (server) GetResourceIdentitySchemas(
	context.Context, *tfprotov6.GetResourceIdentitySchemasRequest,
) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

// GetProviderSchema implements tfprotov6.ProviderServer.
func (server) GetProviderSchema(
	context.Context, *tfprotov6.GetProviderSchemaRequest,
) (*tfprotov6.GetProviderSchemaResponse, error) {
	all, err := blocks()
	if err != nil {
		return nil, err
	}
	text := func(name string, t tftypes.Type) *tfprotov6.SchemaAttribute {
		return &tfprotov6.SchemaAttribute{Name: name, Type: t, Optional: true}
	}
	tags := &tfprotov6.SchemaBlock{
		Attributes: []*tfprotov6.SchemaAttribute{text("tags", tftypes.Map{ElementType: tftypes.String})},
	}
	out := &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{},
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
			Attributes: []*tfprotov6.SchemaAttribute{text("region", tftypes.String), text("profile", tftypes.String)},
			BlockTypes: []*tfprotov6.SchemaNestedBlock{{
				TypeName: "default_tags", Nesting: tfprotov6.SchemaNestedBlockNestingModeList, MaxItems: 1, Block: tags,
			}},
		}},
		ResourceSchemas: map[string]*tfprotov6.Schema{}, DataSourceSchemas: map[string]*tfprotov6.Schema{},
	}
	for name, b := range all {
		schema, err := b.schema()
		if err != nil {
			return nil, err
		}
		if data, ok := strings.CutPrefix(name, "data."); ok {
			out.DataSourceSchemas[data] = &tfprotov6.Schema{Block: schema}
		} else {
			out.ResourceSchemas[name] = &tfprotov6.Schema{Block: schema}
		}
	}
	return out, nil
}

// ValidateProviderConfig implements tfprotov6.ProviderServer.
func (server) ValidateProviderConfig(
	_ context.Context, r *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

// ValidateResourceConfig implements tfprotov6.ProviderServer: the schema is all
// there is to check.
func (server) ValidateResourceConfig(
	context.Context, *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

// ValidateDataResourceConfig implements tfprotov6.ProviderServer.
func (server) ValidateDataResourceConfig(
	context.Context, *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

// StopProvider implements tfprotov6.ProviderServer.
func (server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}
