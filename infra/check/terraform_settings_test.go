package check

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
)

// given stands in for variables and outputs of other modules.
var given = &hcl.EvalContext{Variables: map[string]cty.Value{
	"var": cty.ObjectVal(map[string]cty.Value{
		"network": cty.ObjectVal(map[string]cty.Value{"cidr": cty.StringVal("10.0.0.0/16")}),
	}),
}}

// local returns a value of the locals of the compute module.
func local(t *testing.T, name string) cty.Value {
	t.Helper()
	for _, b := range modules(t)["compute"].blocks {
		if b.Type == "locals" && b.Body.Attributes[name] != nil {
			v, diags := b.Body.Attributes[name].Expr.Value(given)
			require.False(t, diags.HasErrors(), diags)
			return v
		}
	}
	t.Fatalf("no local %s", name)
	return cty.NilVal
}

// resource returns a resource of a module.
func resource(t *testing.T, module, kind, name string) *hclsyntax.Body {
	t.Helper()
	for _, b := range modules(t)[module].blocks {
		if kindOf(b) == kind && b.Labels[1] == name {
			return b.Body
		}
	}
	t.Fatalf("no %s.%s in %s", kind, name, module)
	return nil
}

// values are examples of what the root module gives the services.
var values = map[string]string{
	"STORYREEL_PUBLIC_URL": "https://stories.example.com", "STORYREEL_MEDIA_URL": "https://media.example.com",
	"STORYREEL_S3_BUCKET": "stories", "STORYREEL_ORIGINS": "https://www.example.com",
}

// rootSettings are the names of the settings of all services.
func rootSettings(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, b := range modules(t)["terraform"].blocks {
		if b.Type != "module" || b.Labels[0] != "compute" {
			continue
		}
		items := b.Body.Attributes["settings"].Expr.(*hclsyntax.ObjectConsExpr).Items
		for _, item := range items {
			key, diags := item.KeyExpr.Value(nil)
			require.False(t, diags.HasErrors())
			if name := key.AsString(); strings.HasPrefix(name, "STORYREEL_") {
				require.Contains(t, values, name)
				out[name] = values[name]
			}
		}
	}
	require.Len(t, out, len(values))
	return out
}

// texts returns the strings of an object.
func texts(v cty.Value) map[string]string {
	out := map[string]string{}
	for name, value := range v.AsValueMap() {
		out[name] = value.AsString()
	}
	return out
}

func integer(v cty.Value) int64 {
	n, _ := v.AsBigFloat().Int64()
	return n
}

func TestTerraform_TasksFitTheBinary(t *testing.T) {
	t.Parallel()
	definition := read(t, "infra/terraform/modules/compute/main.tf")
	secrets := resource(t, "data", "aws_secretsmanager_secret", "this")
	require.NotNil(t, secrets.Attributes["for_each"])
	tasks := local(t, "services").AsValueMap()
	for name, task := range local(t, "once").AsValueMap() {
		tasks[name] = task
	}
	require.Equal(t, []string{"api", "migrate", "worker-publish", "worker-review"}, keys(tasks))
	for name, task := range tasks {
		get := task.AsValueMap()
		env := imageEnv(t)
		for _, more := range []map[string]string{rootSettings(t), texts(local(t, "common")), texts(get["settings"])} {
			for k, v := range more {
				env[k] = v
			}
		}
		var args []string
		for _, v := range get["command"].AsValueSlice() {
			args = append(args, v.AsString())
		}
		set := settings(t, args, env)
		if listen := listens[args[0]]; listen != "" {
			require.Equal(t, number(t, port(t, set[listen])), integer(get["port"]), name)
		} else {
			require.Zero(t, integer(get["port"]), "%s has nothing to ask", name)
		}
		role := map[bool]string{true: "worker", false: "api"}[args[0] == "work"]
		require.Equal(t, role, get["role"].AsString())
		if role == "worker" {
			review, publish := number(t, set["STORYREEL_REVIEW_WORKERS"]), number(t, set["STORYREEL_PUBLISH_WORKERS"])
			require.Greater(t, integer(get["memory"])<<20, process+review*reviewRSS+publish*publishRSS)
			require.Greater(t, integer(get["scratch"])<<30, review*2*sourceBytes+publish*(sourceBytes+ladderBytes))
			require.Less(t, 2*shutdown(t, set)+5*time.Second, 60*time.Second, "stopTimeout")
			require.Positive(t, integer(get["least"]), "the sweep never rests")
		}
		require.Contains(t, definition, `containerPath = "`+set["STORYREEL_DATA"]+`"`)
	}
	for _, line := range []string{
		`= "10001:10001"`, "readonlyRootFilesystem = true", `capabilities = { drop = ["ALL"] }`, "= 60\n",
		`["CMD", "storyreel", "health"]`, "initProcessEnabled = true",
	} {
		require.Contains(t, definition, line)
	}
	path := resource(t, "compute", "aws_lb_target_group", "api").Blocks[0].Body.Attributes["path"]
	v, _ := path.Expr.Value(nil)
	require.Equal(t, "/healthz", v.AsString())
}

// constant returns the value of an argument at a path of blocks.
func constant(t *testing.T, body *hclsyntax.Body, path ...string) cty.Value {
	t.Helper()
	for _, name := range path[:len(path)-1] {
		var next *hclsyntax.Body
		for _, b := range body.Blocks {
			if b.Type == name {
				next = b.Body
			}
		}
		require.NotNil(t, next, name)
		body = next
	}
	a := body.Attributes[path[len(path)-1]]
	require.NotNil(t, a, path)
	v, diags := a.Expr.Value(nil)
	require.False(t, diags.HasErrors(), path)
	return v
}

// TestTerraform_KeepsDataPrivate reads what the module's own tests assert, also
// where terraform is not installed.
func TestTerraform_KeepsDataPrivate(t *testing.T) {
	t.Parallel()
	block := resource(t, "storage", "aws_s3_bucket_public_access_block", "this")
	for _, name := range []string{
		"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets",
	} {
		require.Equal(t, cty.True, constant(t, block, name), name)
	}
	days := constant(t, resource(t, "storage", "aws_s3_bucket_lifecycle_configuration", "this"),
		"rule", "abort_incomplete_multipart_upload", "days_after_initiation")
	require.LessOrEqual(t, integer(days), int64(7))
	control := resource(t, "cdn", "aws_cloudfront_origin_access_control", "this")
	require.Equal(t, "always", constant(t, control, "signing_behavior").AsString())
	database := resource(t, "data", "aws_db_instance", "this")
	queue := resource(t, "data", "aws_elasticache_replication_group", "this")
	for name, body := range map[string]*hclsyntax.Body{
		"storage_encrypted": database, "deletion_protection": database, "multi_az": database,
		"at_rest_encryption_enabled": queue, "transit_encryption_enabled": queue,
	} {
		require.Equal(t, cty.True, constant(t, body, name), name)
	}
	require.Equal(t, cty.False, constant(t, database, "publicly_accessible"))
	policy := resource(t, "data", "aws_elasticache_parameter_group", "this")
	require.Equal(t, "noeviction", constant(t, policy, "parameter", "value").AsString())
	rule := resource(t, "storage", "aws_s3_bucket_cors_configuration", "this")
	text := read(t, "internal/storage/setup.go")
	for name, code := range map[string]string{
		"allowed_methods": "AllowedMethods: ", "allowed_headers": "AllowedHeaders: ",
		"expose_headers": "ExposeHeaders:  ",
	} {
		var quoted []string
		for _, v := range constant(t, rule, "cors_rule", name).AsValueSlice() {
			quoted = append(quoted, `"`+v.AsString()+`"`)
		}
		require.Contains(t, text, code+"[]string{"+strings.Join(quoted, ", ")+"}", "as storyreel bucket sets it")
	}
}
