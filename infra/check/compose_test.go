package check

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/go-units"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/stretchr/testify/require"
)

const composeDir = root + "/infra/compose"

// load reads compose files with variables.
func load(env []string, files ...string) (*types.Project, error) {
	o, err := cli.NewProjectOptions(files, cli.WithEnv(env), cli.WithInterpolation(true))
	if err != nil {
		return nil, err
	}
	return o.LoadProject(context.Background())
}

// compose is the project with everything that an overlay adds, with the
// defaults.
func compose(t *testing.T) *types.Project {
	t.Helper()
	p, err := load(nil, composeDir+"/compose.yaml", composeDir+"/compose.observability.yaml")
	require.NoError(t, err)
	return p
}

// eachService runs a test for every service.
func eachService(t *testing.T, test func(t *testing.T, s types.ServiceConfig)) {
	t.Helper()
	p := compose(t)
	require.Greater(t, len(p.Services), 10)
	for _, s := range p.Services {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

func TestCompose_RefusesMisspeltKeys(t *testing.T) {
	t.Parallel()
	text := read(t, "infra/compose/compose.yaml")
	for _, key := range []string{"stop_grace_period", "mem_limit", "read_only", "start_period"} {
		file := filepath.Join(t.TempDir(), "compose.yaml")
		require.NoError(t, os.WriteFile(file, []byte(strings.Replace(text, key, key+"x", 1)), 0o600))
		_, err := load(nil, file)
		require.Error(t, err, key)
	}
}

func TestCompose_ExampleOfVariablesIsWhatHoldsWithoutIt(t *testing.T) {
	t.Parallel()
	var vars []string
	for _, line := range strings.Split(read(t, "infra/compose/.env.example"), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			vars = append(vars, line)
		}
	}
	with, err := load(vars, composeDir+"/compose.yaml")
	require.NoError(t, err)
	without, err := load(nil, composeDir+"/compose.yaml")
	require.NoError(t, err)
	with.Environment, without.Environment = nil, nil
	require.Equal(t, without, with)
	used := regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(read(t, "infra/compose/compose.yaml"), -1)
	for _, m := range used {
		require.True(t, slices.ContainsFunc(vars, func(v string) bool { return strings.HasPrefix(v, m[1]+"=") }), m[1])
	}
}

// asRoot are services whose images or volumes leave no other choice.
var asRoot = []string{"credentials", "s3", "proxy"}

func TestCompose_ContainersAreConfined(t *testing.T) {
	t.Parallel()
	eachService(t, func(t *testing.T, s types.ServiceConfig) {
		require.True(t, s.ReadOnly)
		require.Equal(t, []string{"ALL"}, s.CapDrop)
		require.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt, "and the default seccomp profile")
		require.False(t, s.Privileged)
		require.Positive(t, s.MemLimit)
		require.Positive(t, s.PidsLimit)
		require.Regexp(t, `^\d+:\d+$`, s.User)
		require.Equal(t, slices.Contains(asRoot, s.Name), strings.HasPrefix(s.User, "0:"), s.User)
		if s.Name == "proxy" {
			require.Equal(t, []string{"NET_BIND_SERVICE"}, s.CapAdd)
		} else {
			require.Empty(t, s.CapAdd)
		}
		if s.Build == nil {
			requirePinned(t, s.Image)
		}
		for _, mount := range s.Tmpfs {
			require.Positive(t, tmpfsSize(t, mount))
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				_, err := os.Stat(v.Source)
				require.NoError(t, err)
				require.True(t, v.ReadOnly)
			}
		}
	})
}

// withoutHealth run once, or have an image with nothing to ask with.
var withoutHealth = []string{"credentials", "migrate", "bucket", "otel-collector"}

func TestCompose_ServicesAreCheckedAndEndInTime(t *testing.T) {
	t.Parallel()
	eachService(t, func(t *testing.T, s types.ServiceConfig) {
		if slices.Contains(withoutHealth, s.Name) {
			return
		}
		require.NotNil(t, s.HealthCheck)
		require.NotEmpty(t, s.HealthCheck.Test)
		require.Equal(t, "unless-stopped", s.Restart)
		require.NotNil(t, s.StopGracePeriod)
	})
}

// ours are the services that run the binary.
func ours(p *types.Project) []types.ServiceConfig {
	var out []types.ServiceConfig
	for _, s := range p.Services {
		if s.Build != nil {
			out = append(out, s)
		}
	}
	return out
}

// imageEnv is the environment that the image sets.
func imageEnv(t *testing.T) map[string]string {
	t.Helper()
	stages, err := dockerfile()
	require.NoError(t, err)
	env := map[string]string{}
	for _, c := range find[*instructions.EnvCommand](stages[len(stages)-1]) {
		for _, kv := range c.Env {
			env[kv.Key] = kv.Value
		}
	}
	return env
}

func TestCompose_CommandsAndSettingsAreThoseOfTheBinary(t *testing.T) {
	t.Parallel()
	p := compose(t)
	for _, s := range ours(p) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			env := imageEnv(t)
			for name, value := range s.Environment {
				env[name] = *value
			}
			all := settings(t, s.Command, env)
			require.Equal(t, "require", all["STORYREEL_SANDBOX"])
			require.Contains(t, s.Tmpfs[0], all["STORYREEL_DATA"]+":", "the data folder is writable")
			require.Contains(t, s.Tmpfs[0], "uid=10001,gid=10001")
			listen := listens[s.Command[0]]
			if listen == "" {
				return // runs once
			}
			require.Equal(t, []string{port(t, all[listen])}, []string(s.Expose))
			require.Equal(t, types.HealthCheckTest{"CMD", "storyreel", "health"}, s.HealthCheck.Test)
			grace := shutdown(t, all)
			if s.Command[0] == "work" { // housekeeping, and one other queue
				grace *= 2
				require.Equal(t, []string{"back"}, keys(s.Networks), "workers have no way out")
				checkMemory(t, s, all)
			}
			require.Greater(t, time.Duration(*s.StopGracePeriod), grace+5*time.Second)
		})
	}
	require.True(t, p.Networks["back"].Internal)
}

// Figures of docs/performance.md and of docs/operate/scale.md.
const (
	reviewRSS, publishRSS = 200 << 20, 700 << 20
	process               = 128 << 20 // of the service itself; 84 MB at its peak with one story
	sourceBytes           = 2 << 30   // default limit of a campaign
	ladderBytes           = 650 << 20
)

// checkMemory: the scratch folder takes the largest job of a default campaign,
// and the limit holds the folder and every running job.
func checkMemory(t *testing.T, s types.ServiceConfig, all map[string]string) {
	t.Helper()
	require.Contains(t, read(t, "internal/campaign/campaign.go"), "MaxBytes: 2 << 30", "sourceBytes")
	require.Contains(t, read(t, "docs/operate/scale.md"), "for three minutes about 0.65 GB", "ladderBytes")
	size := tmpfsSize(t, s.Tmpfs[0])
	review, publish := number(t, all["STORYREEL_REVIEW_WORKERS"]), number(t, all["STORYREEL_PUBLISH_WORKERS"])
	require.Positive(t, review+publish)
	if review > 0 {
		require.Greater(t, size, int64(2*sourceBytes))
	}
	if publish > 0 {
		require.Greater(t, size, int64(sourceBytes+ladderBytes))
	}
	require.GreaterOrEqual(t, int64(s.MemLimit), size+process+review*reviewRSS+publish*publishRSS)
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err)
	return n
}

// port is that of an address to listen on, which must be reachable from other
// containers.
func port(t *testing.T, address string) string {
	t.Helper()
	host, port, ok := strings.Cut(address, ":")
	require.True(t, ok && host == "0.0.0.0", address)
	return port
}

func tmpfsSize(t *testing.T, mount string) int64 {
	t.Helper()
	m := regexp.MustCompile(`[:,]size=(\w+)`).FindStringSubmatch(mount)
	require.NotNil(t, m, "%s has no size", mount)
	n, err := units.RAMInBytes(m[1])
	require.NoError(t, err)
	return n
}

// TestCompose_EveryKindOfWorkHasAWorker: of the three queues, each worker
// process serves housekeeping.
func TestCompose_EveryKindOfWorkHasAWorker(t *testing.T) {
	t.Parallel()
	sum := map[string]int64{}
	for _, s := range ours(compose(t)) {
		if s.Command[0] != "work" {
			continue
		}
		for _, name := range []string{"STORYREEL_REVIEW_WORKERS", "STORYREEL_PUBLISH_WORKERS"} {
			sum[name] += number(t, *s.Environment[name])
		}
	}
	require.Equal(t, map[string]int64{"STORYREEL_REVIEW_WORKERS": 2, "STORYREEL_PUBLISH_WORKERS": 1}, sum)
	p := compose(t)
	valkey := strings.Join(p.Services["valkey"].Command, " ")
	require.Contains(t, valkey, "--appendonly yes")
	require.Contains(t, valkey, "--maxmemory-policy noeviction")
}
