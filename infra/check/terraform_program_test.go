package check

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTerraform_ProgramAcceptsAndTestsTheModules runs terraform itself with a
// provider that has the committed schema. Where the program is missing, the
// other tests of this file's neighbours have read the same modules, as they
// always do.
func TestTerraform_ProgramAcceptsAndTestsTheModules(t *testing.T) {
	t.Parallel()
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		modules(t)
		return
	}
	work := t.TempDir()
	const version = "6.25.0"
	dir := filepath.Join(work, "mirror/registry.terraform.io/hashicorp/aws", version, runtime.GOOS+"_"+runtime.GOARCH)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	shell(t, ".", `go build -o "$1" ./terraform`, filepath.Join(dir, "terraform-provider-aws_v"+version))
	rc := filepath.Join(work, "rc")
	config := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n"+
		"disable_checkpoint = true\n", filepath.Join(work, "mirror"))
	require.NoError(t, os.WriteFile(rc, []byte(config), 0o600))
	copied := filepath.Join(work, "terraform")
	require.NoError(t, os.CopyFS(copied, os.DirFS(root+"/infra/terraform")))
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), terraform, args...)
		cmd.Dir = copied
		cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc, "TF_IN_AUTOMATION=1", "TF_DATA_DIR="+work+"/data")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, args := range [][]string{
		{"fmt", "-check", "-recursive"}, {"init", "-backend=false", "-input=false", "-no-color"},
		{"validate", "-no-color"}, {"test", "-no-color"},
	} {
		out, err := run(args...)
		require.NoError(t, err, "%s\n%s", args, out)
	}
	file := filepath.Join(copied, "modules/storage/main.tf")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	b = append(b, "\nresource \"aws_s3_bucket\" \"b\" {\n  buckt = 1\n}\n"...)
	require.NoError(t, os.WriteFile(file, b, 0o600))
	out, err := run("validate", "-no-color")
	require.Error(t, err)
	require.Contains(t, out, "buckt")
}
