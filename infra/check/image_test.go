package check

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/stretchr/testify/require"
)

// dockerfile parses the Dockerfile.
func dockerfile() ([]instructions.Stage, error) {
	stages, _, err := lint(nil)
	return stages, err
}

// lint parses the Dockerfile, or another text, and returns the linter's warnings.
func lint(text []byte) (stages []instructions.Stage, warnings []string, err error) {
	if text == nil {
		if text, err = os.ReadFile(filepath.Join(root, "Dockerfile")); err != nil {
			return nil, nil, err
		}
	}
	l := linter.New(&linter.Config{Warn: func(rule, _, _, msg string, _ []parser.Range) {
		warnings = append(warnings, rule+": "+msg)
	}})
	tree, err := parser.Parse(strings.NewReader(string(text)))
	if err != nil {
		return nil, nil, err
	}
	for _, w := range tree.Warnings {
		warnings = append(warnings, w.Short)
	}
	stages, _, err = instructions.Parse(tree.AST, l)
	return stages, warnings, err
}

// find returns the commands of a kind in a stage.
func find[T instructions.Command](stage instructions.Stage) []T {
	var out []T
	for _, c := range stage.Commands {
		if x, ok := c.(T); ok {
			out = append(out, x)
		}
	}
	return out
}

func TestImage_BuildKitHasNoComplaint(t *testing.T) {
	t.Parallel()
	stages, warnings, err := lint(nil)
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Len(t, stages, 3)
	_, warnings, err = lint([]byte(strings.Replace(read(t, "Dockerfile"), " AS build", " as Build", 1)))
	require.NoError(t, err)
	require.NotEmpty(t, warnings, "the linter is on")
}

func TestImage_RunsUnprivilegedWithAStatedVolume(t *testing.T) {
	t.Parallel()
	stages, err := dockerfile()
	require.NoError(t, err)
	final := stages[len(stages)-1]
	users := find[*instructions.UserCommand](final)
	require.Len(t, users, 1)
	require.Regexp(t, `^[1-9]\d*:[1-9]\d*$`, users[0].User, "numeric, so that runAsNonRoot can be checked")
	uid, _, _ := strings.Cut(users[0].User, ":")
	require.Contains(t, read(t, "Dockerfile"), "--uid "+uid+" ")

	env := map[string]string{}
	for _, c := range find[*instructions.EnvCommand](final) {
		for _, kv := range c.Env {
			env[kv.Key] = kv.Value
		}
	}
	all := settings(t, []string{find[*instructions.CmdCommand](final)[0].CmdLine[0]}, env)
	volumes := find[*instructions.VolumeCommand](final)
	require.Len(t, volumes, 1)
	require.Equal(t, []string{all["STORYREEL_DATA"]}, volumes[0].Volumes)
	require.True(t, strings.HasPrefix(all["STORYREEL_SCRATCH"], all["STORYREEL_DATA"]+"/"), all["STORYREEL_SCRATCH"])
	require.Equal(t, all["STORYREEL_DATA"], find[*instructions.WorkdirCommand](final)[0].Path)
	ports := find[*instructions.ExposeCommand](final)[0].Ports
	require.Equal(t, []string{all["STORYREEL_LISTEN"][strings.LastIndex(all["STORYREEL_LISTEN"], ":")+1:]}, ports)
	require.Equal(t, []string{"storyreel"}, find[*instructions.EntrypointCommand](final)[0].CmdLine)
	health := find[*instructions.HealthCheckCommand](final)[0].Health
	require.Equal(t, []string{"CMD", "storyreel", "health"}, health.Test)
	_, err = storyreel(t, nil, "health", "--help")
	require.NoError(t, err)
}

// TestImage_HasVersionedBasesAndLabels: a tag that is a version; a digest, where
// one is added, is a whole SHA-256.
func TestImage_HasVersionedBasesAndLabels(t *testing.T) {
	t.Parallel()
	stages, err := dockerfile()
	require.NoError(t, err)
	for _, s := range stages {
		requirePinned(t, s.BaseName)
	}
	labels := map[string]string{}
	final := stages[len(stages)-1]
	for _, c := range find[*instructions.LabelCommand](final) {
		for _, kv := range c.Labels {
			labels[kv.Key] = strings.Trim(kv.Value, `"`)
		}
	}
	for _, name := range []string{
		"title", "description", "source", "documentation", "licenses", "base.name", "version", "revision", "created",
	} {
		require.NotEmpty(t, labels["org.opencontainers.image."+name], name)
	}
	require.Equal(t, "docker.io/library/"+final.BaseName, labels["org.opencontainers.image.base.name"])
	file := regexp.MustCompile(`/blob/main/(\S+)$`).FindStringSubmatch(labels["org.opencontainers.image.documentation"])
	require.NotNil(t, file)
	require.NotEmpty(t, read(t, file[1]))
}

// pinned matches an image of a stated version: a name, a tag with a digit or a
// release's name, and perhaps a digest.
var pinned = regexp.MustCompile(
	`^[a-z0-9./-]+:(bookworm-slim|v?\d[A-Za-z0-9._-]*)(@sha256:[0-9a-f]{64})?$`)

func requirePinned(t *testing.T, image string) {
	t.Helper()
	require.Regexp(t, pinned, image, "an image is pinned to a version")
}

func TestImage_BinaryKnowsWhatItWasBuiltFrom(t *testing.T) {
	t.Parallel()
	out, err := storyreel(t, nil, "version", "--json")
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.Equal(t, testVersion, got["version"])
	require.Equal(t, testCommit, got["commit"])
	require.Equal(t, testDate, got["date"])
	require.Equal(t, "noembed", got["tags"])
}

// TestImage_BuildsThePagesAsMakeDoes: `make test-infra` has run the same commands.
func TestImage_BuildsThePagesAsMakeDoes(t *testing.T) {
	t.Parallel()
	stages, err := dockerfile()
	require.NoError(t, err)
	makefile := read(t, "Makefile")
	runs := find[*instructions.RunCommand](stages[0])
	require.Len(t, runs, 2)
	for _, run := range runs {
		require.Contains(t, makefile, "\tcd web && "+strings.Join(run.CmdLine, " ")+"\n")
	}
	require.DirExists(t, filepath.Join(root, "web/dist/assets"))
}

// TestImage_CopiesWhatTheContextHas: each source exists and is not excluded by
// .dockerignore, and nothing that git ignores gets into the context.
func TestImage_CopiesWhatTheContextHas(t *testing.T) {
	t.Parallel()
	var ignored []string
	for _, line := range strings.Split(read(t, ".dockerignore"), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			ignored = append(ignored, line)
		}
	}
	matcher, err := patternmatcher.New(ignored)
	require.NoError(t, err)
	excluded := func(path string) bool {
		ok, err := matcher.MatchesOrParentMatches(path)
		require.NoError(t, err)
		return ok
	}
	stages, err := dockerfile()
	require.NoError(t, err)
	names := map[string]bool{}
	for _, s := range stages {
		for _, c := range find[*instructions.CopyCommand](s) {
			for _, source := range c.SourcePaths {
				if c.From != "" {
					require.True(t, names[c.From], c.From)
					continue
				}
				_, err := os.Stat(filepath.Join(root, source))
				require.NoError(t, err)
				require.False(t, excluded(source), source)
			}
		}
		names[s.Name] = true
	}
	var shipped []string
	for _, c := range find[*instructions.CopyCommand](stages[len(stages)-1]) {
		shipped = append(shipped, c.SourcePaths...)
	}
	require.Equal(t, []string{"/out/storyreel", "LICENSE", "THIRD_PARTY_LICENSES"}, shipped)
	for _, secret := range []string{".git/config", "data/storyreel.db", "bin/storyreel", "infra/compose/.env"} {
		require.True(t, excluded(secret), secret)
	}
	// what the binary embeds or compiles is in the context
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "noembed", "-f",
		`{{with .Module}}{{if .Main}}{{$.Dir}}{{range $.GoFiles}} {{.}}{{end}}{{end}}{{end}}`,
		"./cmd/storyreel")
	cmd.Dir = root
	out, err := cmd.Output()
	require.NoError(t, err)
	base, err := filepath.Abs(root)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Greater(t, len(lines), 10)
	for _, line := range lines {
		fields := strings.Fields(line)
		rel, err := filepath.Rel(base, fields[0])
		require.NoError(t, err)
		for _, name := range fields[1:] {
			require.False(t, excluded(filepath.Join(rel, name)), name)
		}
	}
}

// TestImage_PackagesExist asks apt, on systems that have it, and install.sh,
// which names the same packages, elsewhere.
func TestImage_PackagesExist(t *testing.T) {
	t.Parallel()
	stages, err := dockerfile()
	require.NoError(t, err)
	line := strings.Join(find[*instructions.RunCommand](stages[len(stages)-1])[0].CmdLine, " ")
	m := regexp.MustCompile(`apt-get install -y --no-install-recommends ([a-z0-9 .+-]+?) +&&`).FindStringSubmatch(line)
	require.NotNil(t, m, line)
	packages := strings.Fields(m[1])
	require.True(t, slices.Contains(packages, "ffmpeg"))
	if _, err := exec.LookPath("apt-cache"); err != nil {
		require.Contains(t, read(t, "infra/install.sh"), `apt="$apt ffmpeg"`)
		return
	}
	for _, name := range packages {
		out, err := exec.CommandContext(t.Context(), "apt-cache", "policy", name).Output()
		require.NoError(t, err)
		require.Regexp(t, `Candidate: \d`, string(out), name)
	}
}
